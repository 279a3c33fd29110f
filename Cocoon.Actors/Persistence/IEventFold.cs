using System.Buffers;

namespace Cocoon.Actors.Persistence;

/// <summary>
/// How a stream's events become its state, and both become bytes. Pure: the same events give the same state and the same bytes in every
/// process. Decoders get bytes whose MAC was verified; what they cannot read throws <see cref="StreamCorruptException"/>.
/// </summary>
public interface IEventFold<TEvent, TState>
{
    /// <summary>The state before the first event.</summary>
    TState Empty();

    /// <summary>Applies one event, in place. An event that was decided never fails to apply.</summary>
    void Apply(TState state, TEvent @event);

    /// <summary>Writes one event, without its length.</summary>
    void EncodeEvent(TEvent @event, IBufferWriter<byte> output);

    /// <summary>Reads one event.</summary>
    TEvent DecodeEvent(ReadOnlySpan<byte> bytes);

    /// <summary>Writes the state, for a snapshot.</summary>
    void EncodeState(TState state, IBufferWriter<byte> output);

    /// <summary>Reads a state.</summary>
    TState DecodeState(ReadOnlySpan<byte> bytes);
}

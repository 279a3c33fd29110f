using System.Buffers;
using Cocoon.Actors.Persistence;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using Google.Protobuf;

namespace Cocoon.Actors.Ledger;

/// <summary>How a ledger stream's events become its books, and both become the bytes of <c>journal.proto</c>.</summary>
/// <param name="stream">The stream.</param>
public sealed class LedgerFold(StreamId stream) : IEventFold<LedgerEvent, LedgerState>
{
    /// <inheritdoc/>
    public LedgerState Empty() => new(stream);

    /// <inheritdoc/>
    public void Apply(LedgerState state, LedgerEvent @event) => state.Apply(@event);

    /// <inheritdoc/>
    public void EncodeEvent(LedgerEvent @event, IBufferWriter<byte> output) => @event.WriteTo(output);

    /// <inheritdoc/>
    public LedgerEvent DecodeEvent(ReadOnlySpan<byte> bytes)
    {
        LedgerEvent ledgerEvent = new();
        try
        {
            ledgerEvent.MergeFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new FormatException($"{stream}: the bytes of an event are not one: {exception.Message}", exception);
        }

        return ledgerEvent.KindCase == LedgerEvent.KindOneofCase.None ? throw Postings.UnknownEvent() : ledgerEvent;
    }

    /// <inheritdoc/>
    public void EncodeState(LedgerState state, IBufferWriter<byte> output) => state.WriteSnapshot(output);

    /// <inheritdoc/>
    public LedgerState DecodeState(ReadOnlySpan<byte> bytes) => LedgerState.FromSnapshot(stream, bytes);
}

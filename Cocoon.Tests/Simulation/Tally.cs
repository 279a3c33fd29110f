using System.Buffers;
using System.Buffers.Binary;
using Cocoon.Actors.Persistence;
using Cocoon.Actors.Runtime;

namespace Cocoon.Tests.Simulation;

/// <summary>The smallest persistent actor: a set of numbers, each added once, and their count.</summary>
public sealed class TallyActor(Persistence persistence, Action<TallyActor>? recovered = null)
    : PersistentActor<TallyCommand, long, TallyState>(persistence, TallyFold.Instance)
{
    public IReadOnlyCollection<long> Numbers => State.Numbers;

    public new long DurableSequence => base.DurableSequence;

    protected override void Decide(TallyCommand command)
    {
        if (command.Number == TallyCommand.Poison)
            throw new InvalidOperationException("poison");
        if (!State.Numbers.Contains(command.Number))
            Emit(command.Number);
        WhenDurable(() =>
        {
            command.Reply.Reply(command.Number);
            if (command.Followers > 0)
                Decide(new TallyCommand(command.Number + 1, command.Reply, command.Followers - 1));
        });
    }

    protected override void OnRecovered() => recovered?.Invoke(this);
}

/// <summary>Adds a number and, once that is durable, so many that follow it.</summary>
public sealed record TallyCommand(long Number, ReplyTo<long> Reply, int Followers = 0)
{
    public const long Poison = -1;
}

public sealed class TallyState
{
    public SortedSet<long> Numbers { get; } = [];
}

public sealed class TallyFold : IEventFold<long, TallyState>
{
    public static readonly TallyFold Instance = new();

    public TallyState Empty() => new();

    public void Apply(TallyState state, long @event)
    {
        if (!state.Numbers.Add(@event))
            throw new InvalidOperationException($"{@event} is added twice");
    }

    public void EncodeEvent(long @event, IBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(8), @event);
        output.Advance(8);
    }

    public long DecodeEvent(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes);

    public void EncodeState(TallyState state, IBufferWriter<byte> output)
    {
        foreach (long number in state.Numbers)
            EncodeEvent(number, output);
    }

    public TallyState DecodeState(ReadOnlySpan<byte> bytes)
    {
        TallyState state = new();
        for (; bytes.Length > 0; bytes = bytes[8..])
            state.Numbers.Add(DecodeEvent(bytes));
        return state;
    }
}

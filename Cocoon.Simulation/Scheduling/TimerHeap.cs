using Cocoon.Actors.Runtime;

namespace Cocoon.Simulation.Scheduling;

/// <summary>
/// Timers by (due, order of start): a heap of four children that keeps each timer's place in <see cref="TimerNode.Slot"/>, so that taking
/// one back really removes it. Most deadlines are taken back.
/// </summary>
internal sealed class TimerHeap
{
    private Entry[] entries = new Entry[256];
    private long lastSequence;

    public int Count { get; private set; }

    /// <summary>When the first one is due, in ticks of world time; <see cref="long.MaxValue"/> when there is none.</summary>
    public long FirstDue => Count == 0 ? long.MaxValue : entries[0].Due;

    public void Add(long due, TimerNode timer, SimulatedScheduler? owner)
    {
        if (timer.Slot >= 0)
            throw new InvalidOperationException($"the timer {timer} is already started");
        if (Count == entries.Length)
            Array.Resize(ref entries, entries.Length * 2);
        Rise(Count++, new Entry(due, ++lastSequence, timer, owner));
    }

    public bool Remove(TimerNode timer)
    {
        long place = timer.Slot;
        if (place < 0)
            return false;
        if (place >= Count || !ReferenceEquals(entries[place].Timer, timer))
            throw new InvalidOperationException($"the timer {timer} belongs to another scheduler");
        RemoveAt((int)place);
        return true;
    }

    /// <summary>Takes the first one out.</summary>
    public TimerNode TakeFirst(out SimulatedScheduler? owner)
    {
        Entry first = entries[0];
        owner = first.Owner;
        RemoveAt(0);
        return first.Timer;
    }

    private void RemoveAt(int place)
    {
        entries[place].Timer.Slot = -1;
        Entry last = entries[--Count];
        entries[Count] = default;
        if (place == Count)
            return;
        if (place > 0 && last.IsBefore(entries[(place - 1) >> 2]))
            Rise(place, last);
        else
            Sink(place, last);
    }

    private void Rise(int place, in Entry entry)
    {
        while (place > 0)
        {
            int parent = (place - 1) >> 2;
            if (!entry.IsBefore(entries[parent]))
                break;
            Put(place, entries[parent]);
            place = parent;
        }

        Put(place, entry);
    }

    private void Sink(int place, in Entry entry)
    {
        while (true)
        {
            int first = (place << 2) + 1;
            if (first >= Count)
                break;
            int least = first;
            for (int child = first + 1; child < Math.Min(first + 4, Count); child++)
            {
                if (entries[child].IsBefore(entries[least]))
                    least = child;
            }

            if (!entries[least].IsBefore(entry))
                break;
            Put(place, entries[least]);
            place = least;
        }

        Put(place, entry);
    }

    private void Put(int place, in Entry entry)
    {
        entries[place] = entry;
        entry.Timer.Slot = place;
    }

    private readonly record struct Entry(long Due, long Sequence, TimerNode Timer, SimulatedScheduler? Owner)
    {
        public bool IsBefore(in Entry other) => Due < other.Due || (Due == other.Due && Sequence < other.Sequence);
    }
}

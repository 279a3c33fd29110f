namespace Cocoon.Actors.Runtime;

/// <summary>
/// A hashed timing wheel: starting and cancelling are O(1) under one short lock per slot, which lets every ask carry a deadline.
/// A timer further away than one revolution stays in its slot and is looked at once a revolution.
/// </summary>
internal sealed class TimerWheel
{
    private const int SlotCount = 1024;
    private readonly Slot[] slots = new Slot[SlotCount];
    private readonly long ticksPerSlot;
    private long cursor;

    public TimerWheel(TimeSpan resolution)
    {
        ticksPerSlot = resolution.Ticks;
        for (int i = 0; i < SlotCount; i++)
            slots[i] = new Slot();
    }

    /// <summary>Starts a timer and returns the position, counted in resolutions, at which it is looked at.</summary>
    public long Add(TimerNode timer, TimeSpan due)
    {
        // The slot after the due time, so that nothing fires early; never a slot that the cursor has passed.
        long position = Math.Max((due.Ticks / ticksPerSlot) + 1, Volatile.Read(ref cursor) + 1);
        Slot slot = slots[position % SlotCount];
        lock (slot)
        {
            timer.Due = due;
            timer.Slot = position % SlotCount;
            slot.Push(timer);
        }

        return position;
    }

    public bool Remove(TimerNode timer)
    {
        long position = timer.Slot;
        if (position < 0)
            return false;
        Slot slot = slots[position];
        lock (slot)
        {
            if (timer.Slot != position)
                return false;
            slot.Unlink(timer);
            return true;
        }
    }

    /// <summary>Fires what is due at <paramref name="now"/>. Called by one thread at a time.</summary>
    public void Advance(TimeSpan now)
    {
        long target = now.Ticks / ticksPerSlot;
        long from = cursor;
        if (target - from > SlotCount)
            from = target - SlotCount;
        for (long position = from + 1; position <= target; position++)
        {
            Volatile.Write(ref cursor, position);
            FireSlot(slots[position % SlotCount], now);
        }
    }

    /// <summary>
    /// The next position at which there may be something to fire; null when no timer runs. A slot can hold timers of later revolutions
    /// only, so the answer may be too early, never too late.
    /// </summary>
    public long? NextOccupied()
    {
        long from = cursor;
        for (long position = from + 1; position <= from + SlotCount; position++)
        {
            if (!slots[position % SlotCount].IsEmpty)
                return position;
        }

        return null;
    }

    private static void FireSlot(Slot slot, TimeSpan now)
    {
        TimerNode? due = null;
        lock (slot)
        {
            TimerNode? next;
            for (TimerNode? timer = slot.First; timer is not null; timer = next)
            {
                next = timer.Next;
                if (timer.Due > now)
                    continue;
                slot.Unlink(timer);
                timer.Next = due;
                due = timer;
            }
        }

        while (due is not null)
        {
            TimerNode timer = due;
            due = timer.Next;
            timer.Next = null;
            timer.Fire();
        }
    }

    private sealed class Slot
    {
        private TimerNode? first;

        public TimerNode? First
        {
            get => first;
            private set => Volatile.Write(ref first, value);
        }

        public bool IsEmpty => Volatile.Read(ref first) is null;

        public void Push(TimerNode timer)
        {
            timer.Previous = null;
            timer.Next = First;
            if (First is not null)
                First.Previous = timer;
            First = timer;
        }

        public void Unlink(TimerNode timer)
        {
            if (timer.Previous is null)
                First = timer.Next;
            else
                timer.Previous.Next = timer.Next;
            if (timer.Next is not null)
                timer.Next.Previous = timer.Previous;
            timer.Next = null;
            timer.Previous = null;
            timer.Slot = -1;
        }
    }
}

namespace Cocoon.Actors.Worker;

/// <summary>
/// Which link holds how many of the worker's slots. A slot is free, granted to a link and unused, or taken by a running job; the sum is
/// the capacity. Slots follow demand: a link that has used up its own is served from those that others leave unused.
/// </summary>
internal sealed class SlotLedger(int links)
{
    private readonly int[] unused = new int[links];
    private readonly int[] running = new int[links];
    private readonly bool[] present = new bool[links];

    public int Capacity { get; private set; }

    public int Running { get; private set; }

    private int Free => Capacity - Running - unused.Sum();

    public void SetCapacity(int capacity) => Capacity = capacity;

    public void Join(int link) => present[link] = true;

    /// <summary>Forgets a link; jobs that still run for it keep their slots until they end.</summary>
    public void Leave(int link)
    {
        present[link] = false;
        unused[link] = 0;
    }

    /// <summary>A job arrived on a link; false when it came without a slot.</summary>
    public bool TryTake(int link)
    {
        if (unused[link] == 0)
            return false;
        unused[link]--;
        running[link]++;
        Running++;
        return true;
    }

    public void End(int link)
    {
        running[link]--;
        Running--;
    }

    /// <summary>Takes unused slots back from a link, at most what it holds.</summary>
    public void Return(int link, int slots) => unused[link] -= Math.Min(slots, unused[link]);

    /// <summary>
    /// Grants free slots so that links in need come first; yields (link, slots). Every present link gets its fair share of the capacity,
    /// and what is left goes to the link that runs most.
    /// </summary>
    public IReadOnlyList<(int Link, int Slots)> Grant()
    {
        List<(int, int)> grants = [];
        int count = present.Count(here => here);
        if (count == 0)
            return grants;
        int share = Math.Max(1, Capacity / count);
        for (int link = 0; link < links; link++)
        {
            if (!present[link])
                continue;
            int slots = Math.Min(Free, share - running[link] - unused[link]);
            if (slots <= 0)
                continue;
            unused[link] += slots;
            grants.Add((link, slots));
        }

        int busiest = Busiest();
        if (Free > 0 && busiest >= 0)
        {
            grants.Add((busiest, Free));
            unused[busiest] += Free;
        }

        return grants;
    }

    /// <summary>A link that holds unused slots while another has none: whom to ask for how many, or (-1, 0).</summary>
    public (int Link, int Slots) Surplus()
    {
        bool starved = Enumerable.Range(0, links).Any(link => present[link] && unused[link] == 0 && running[link] > 0);
        if (!starved || Free > 0)
            return (-1, 0);
        int richest = -1;
        for (int link = 0; link < links; link++)
        {
            if (present[link] && unused[link] > 1 && (richest < 0 || unused[link] > unused[richest]))
                richest = link;
        }

        return richest < 0 ? (-1, 0) : (richest, unused[richest] / 2);
    }

    private int Busiest()
    {
        int best = -1;
        for (int link = 0; link < links; link++)
        {
            if (present[link] && (best < 0 || running[link] > running[best]))
                best = link;
        }

        return best;
    }
}

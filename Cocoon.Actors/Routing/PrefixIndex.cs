namespace Cocoon.Actors.Routing;

/// <summary>One worker's place in a <see cref="PrefixIndex"/>: the prefixes it has seen last, oldest forgotten first.</summary>
internal sealed class PrefixShelf(int capacity)
{
    private ulong[] ring = [];
    private int count;
    private int oldest;

    /// <summary>The worker's place among the candidates, or -1 when it has none.</summary>
    public int CandidateIndex { get; set; } = -1;

    public IEnumerable<ulong> Tags
    {
        get
        {
            for (int i = 0; i < count; i++)
                yield return ring[(oldest + i) % ring.Length];
        }
    }

    /// <summary>Adds a tag; true when another had to go.</summary>
    public bool Add(ulong tag, out ulong forgotten)
    {
        forgotten = 0;
        if (count == ring.Length && count < capacity)
            Array.Resize(ref ring, Math.Min(capacity, Math.Max(16, ring.Length * 2)));
        if (count < ring.Length)
        {
            // Nothing is ever taken out of a ring that still grows, so its oldest is at 0.
            ring[count++] = tag;
            return false;
        }

        forgotten = ring[oldest];
        ring[oldest] = tag;
        oldest = (oldest + 1) % ring.Length;
        return true;
    }

    public void Clear()
    {
        ring = [];
        count = oldest = 0;
    }
}

/// <summary>
/// Which workers have which prompt prefixes in their caches, as far as one can tell from where jobs went. Looked up by prefix, so that a
/// choice costs as many look-ups as the job has prefixes, not that times workers; bounded for each worker by its shelf.
/// </summary>
internal sealed class PrefixIndex(TimeSpan lifetime)
{
    private const int HoldersMax = 4;
    private readonly Dictionary<ulong, Holders> byTag = [];

    /// <summary>Prefixes known.</summary>
    public int Count => byTag.Count;

    /// <summary>A job with these prefixes was served by the shelf's worker.</summary>
    public void Remember(PrefixShelf shelf, IReadOnlyList<PrefixTag> prefixes, TimeSpan now)
    {
        for (int i = Math.Max(0, prefixes.Count - JobNeeds.PrefixesMax); i < prefixes.Count; i++)
        {
            ulong tag = prefixes[i].Tag;
            if (!byTag.TryGetValue(tag, out Holders? holders))
                byTag[tag] = holders = new Holders();
            if (holders.Set(shelf, now) && shelf.Add(tag, out ulong forgotten) && forgotten != tag)
                Drop(shelf, forgotten);
        }
    }

    /// <summary>The worker's cache is gone.</summary>
    public void Forget(PrefixShelf shelf)
    {
        foreach (ulong tag in shelf.Tags)
            Drop(shelf, tag);
        shelf.Clear();
    }

    /// <summary>
    /// Credits candidates with the longest prefix each holds. <see cref="TakeBack"/> undoes it.
    /// </summary>
    public void Credit(IReadOnlyList<PrefixTag> prefixes, Span<Candidate> candidates, TimeSpan now) => Mark(prefixes, candidates, now, credit: true);

    /// <summary>Undoes <see cref="Credit"/> with the same arguments.</summary>
    public void TakeBack(IReadOnlyList<PrefixTag> prefixes, Span<Candidate> candidates, TimeSpan now) => Mark(prefixes, candidates, now, credit: false);

    private void Mark(IReadOnlyList<PrefixTag> prefixes, Span<Candidate> candidates, TimeSpan now, bool credit)
    {
        int shortest = Math.Max(0, prefixes.Count - JobNeeds.PrefixesMax);
        for (int i = prefixes.Count - 1; i >= shortest; i--)
        {
            if (!byTag.TryGetValue(prefixes[i].Tag, out Holders? holders))
                continue;
            for (int h = 0; h < HoldersMax; h++)
            {
                if (holders.Shelves[h] is not { CandidateIndex: >= 0 } shelf || now - holders.Seen[h] > lifetime)
                    continue;
                ref Candidate candidate = ref candidates[shelf.CandidateIndex];
                candidate.CachedTokens = credit ? Math.Max(candidate.CachedTokens, prefixes[i].PromptTokens) : 0;
            }
        }
    }

    private void Drop(PrefixShelf shelf, ulong tag)
    {
        if (byTag.TryGetValue(tag, out Holders? holders) && holders.Remove(shelf))
            byTag.Remove(tag);
    }

    private sealed class Holders
    {
        public PrefixShelf?[] Shelves { get; } = new PrefixShelf?[HoldersMax];

        public TimeSpan[] Seen { get; } = new TimeSpan[HoldersMax];

        /// <summary>Notes the shelf, in the oldest's place if need be; true when it is new here.</summary>
        public bool Set(PrefixShelf shelf, TimeSpan now)
        {
            int place = Array.IndexOf(Shelves, shelf);
            bool isNew = place < 0;
            if (isNew)
                place = Array.IndexOf(Shelves, null);
            if (place < 0)
            {
                place = 0;
                for (int i = 1; i < HoldersMax; i++)
                {
                    if (Seen[i] < Seen[place])
                        place = i;
                }
            }

            Shelves[place] = shelf;
            Seen[place] = now;
            return isNew;
        }

        /// <summary>Takes the shelf out; true when nobody is left.</summary>
        public bool Remove(PrefixShelf shelf)
        {
            int place = Array.IndexOf(Shelves, shelf);
            if (place >= 0)
                Shelves[place] = null;
            return Array.TrueForAll(Shelves, static held => held is null);
        }
    }
}

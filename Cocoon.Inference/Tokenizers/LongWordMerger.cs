namespace Cocoon.Inference.Tokenizers;

/// <summary>Merges the pairs of one long word with a heap of candidates over a linked list of symbols.</summary>
internal sealed class LongWordMerger(BytePairRules rules)
{
    private readonly PriorityQueue<Candidate, (ulong Rank, int Left)> queue = new();
    private int[] symbols = [];
    private int[] next = [];
    private int[] previous = [];

    public void Merge(ReadOnlySpan<byte> word, List<int> output)
    {
        int count = word.Length;
        Reserve(count);
        for (int index = 0; index < count; index++)
        {
            symbols[index] = rules.IdOfByte[word[index]];
            previous[index] = index - 1;
            next[index] = index + 1 < count ? index + 1 : -1;
        }

        queue.Clear();
        for (int index = 0; index + 1 < count; index++)
            Offer(index);
        while (queue.TryDequeue(out Candidate candidate, out _))
            Apply(candidate);
        for (int index = 0; index >= 0; index = next[index])
            output.Add(symbols[index]);
    }

    private void Apply(Candidate candidate)
    {
        int left = candidate.Left;
        int right = next[left];
        if (right < 0 || symbols[left] != candidate.LeftSymbol || symbols[right] != candidate.RightSymbol)
            return;
        symbols[left] = candidate.Merged;
        symbols[right] = int.MinValue;
        next[left] = next[right];
        if (next[left] >= 0)
        {
            previous[next[left]] = left;
            Offer(left);
        }

        if (previous[left] >= 0)
            Offer(previous[left]);
    }

    private void Offer(int left)
    {
        int right = next[left];
        ulong found = rules.Merges.Find(symbols[left], symbols[right]);
        if (found != ulong.MaxValue)
            queue.Enqueue(new Candidate(left, symbols[left], symbols[right], (int)(uint)found), (found >> 32, left));
    }

    private void Reserve(int count)
    {
        if (symbols.Length >= count)
            return;
        int size = Math.Max(count, 256);
        symbols = new int[size];
        next = new int[size];
        previous = new int[size];
    }

    private readonly record struct Candidate(int Left, int LeftSymbol, int RightSymbol, int Merged);
}

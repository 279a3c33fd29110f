namespace Cocoon.Host.Configuration;

/// <summary>Finds what a person probably meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the fewest edits from <paramref name="name"/>, or null when none is near (a third of its length, at least 2).</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = Math.Max(2, name.Length / 3) + 1;
        foreach (string candidate in candidates.Order(StringComparer.Ordinal))
        {
            int distance = Math.Abs(candidate.Length - name.Length) < bestDistance ? Distance(name, candidate) : int.MaxValue;
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one text into the other, letter case ignored.</summary>
    public static int Distance(string left, string right)
    {
        int[,] cost = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
                cost[i, j] = i == 0 ? j : j == 0 ? i : Step(cost, left, right, i, j);
        }

        return cost[left.Length, right.Length];
    }

    private static int Step(int[,] cost, string left, string right, int i, int j)
    {
        bool same = Same(left[i - 1], right[j - 1]);
        int least = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (same ? 0 : 1));
        bool swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return swapped ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}

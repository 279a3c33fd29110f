using System.Globalization;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Tests.Ton.Cells;

/// <summary>
/// Mutates valid bags and feeds them to the reader. It may answer with a cell or a <see cref="BocException"/>, in time and in little memory;
/// what it accepts must survive being written and read. <c>scripts/fuzz-boc</c> runs this without end.
/// </summary>
public sealed class BocFuzzTests
{
    // The reader's own bound, and a little for exceptions and their texts.
    private const int AllocationFactor = 64;
    private const int AllocationBase = 16 * 1_024;
    private const int InputBytesMax = 4_096;

    [Fact]
    public void NoMutationCrashesTheReaderOrMakesItAllocateMuch()
    {
        List<byte[]> corpus = Corpus();
        Assert.True(corpus.Count > 150, $"{corpus.Count} bags to start from");
        Run(corpus, seed: 1, iterations: 15_000);
        string? seconds = Environment.GetEnvironmentVariable("COCOON_FUZZ_SECONDS");
        if (seconds is null)
            return;
        long end = Environment.TickCount64 + (1_000 * long.Parse(seconds, CultureInfo.InvariantCulture));
        for (int seed = Environment.TickCount; Environment.TickCount64 < end; seed++)
            Run(corpus, seed, iterations: 10_000);
    }

    [Fact]
    public void NoMutationOfAMessageOrTransactionCrashesItsParser()
    {
        Random random = new(7);
        byte[][] transactions = [.. TonVectors.Section("transactions", 25).Select(vector => vector.Base64("boc"))];
        int read = 0;
        for (int iteration = 0; iteration < 4_000; iteration++)
        {
            // The checksum goes, so that mutations reach the parsers behind the reader.
            byte[] boc = Cell.FromBoc(transactions[random.Next(transactions.Length)]).ToBoc(withCrc: false);
            boc[11 + random.Next(boc.Length - 11)] ^= (byte)(1 << random.Next(8));
            try
            {
                Cocoon.Ton.Accounts.Transaction.FromCell(Cell.FromBoc(boc));
                read++;
            }
            catch (TonFormatException)
            {
            }
        }

        Assert.True(read > 100, $"{read} were still transactions");
    }

    private static void Run(List<byte[]> corpus, int seed, int iterations)
    {
        Random random = new(seed);
        int accepted = 0;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            byte[] input = Mutate(random, corpus);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Cell[]? roots = TryParse(input, seed, iteration);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(
                allocated <= AllocationBase + (AllocationFactor * (long)input.Length),
                $"seed {seed}, iteration {iteration}: {allocated} bytes for an input of {input.Length}");
            foreach (Cell root in roots ?? [])
            {
                accepted++;
                Assert.Equal(root.Hash, Cell.FromBoc(root.ToBoc()).Hash);
            }
        }

        Assert.True(accepted > iterations / 100, $"seed {seed}: only {accepted} of {iterations} were accepted, the mutations are too wild");
    }

    private static Cell[]? TryParse(byte[] input, int seed, int iteration)
    {
        try
        {
            return BagOfCells.Parse(input);
        }
        catch (BocException)
        {
            return null;
        }
        catch (Exception problem)
        {
            throw new InvalidOperationException($"seed {seed}, iteration {iteration}: {Convert.ToHexString(input)}", problem);
        }
    }

    private static byte[] Mutate(Random random, List<byte[]> corpus)
    {
        List<byte> bytes = [.. corpus[random.Next(corpus.Count)]];
        for (int change = random.Next(4); change >= 0 && bytes.Count > 0; change--)
        {
            // Half of the changes hit the header, where the counts are.
            int place = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Count, 16)) : random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[place] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[place] = (byte)random.Next(256); break;
                case 2: bytes[place] = random.Next(2) == 0 ? (byte)0 : (byte)0xff; break;
                case 3: bytes.Insert(place, (byte)random.Next(256)); break;
                case 4: bytes.RemoveAt(place); break;
                case 5: bytes.RemoveRange(place, bytes.Count - place); break;
                default:
                    byte[] other = corpus[random.Next(corpus.Count)];
                    int start = random.Next(other.Length);
                    bytes.InsertRange(place, other.AsSpan(start, random.Next(Math.Min(64, other.Length - start))).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }

    private static List<byte[]> Corpus()
    {
        List<byte[]> corpus = [];
        foreach (string section in (string[])["cells", "exotic"])
        {
            foreach (JsonElement vector in TonVectors.Root.GetProperty(section).EnumerateArray())
            {
                corpus.Add(vector.Base64("boc_plain"));
                corpus.Add(vector.Base64("boc_idx"));
                corpus.Add(vector.Base64("boc_crc"));
            }
        }

        corpus.AddRange(TonVectors.Section("boc_variants", 10).Select(vector => vector.Base64("boc")));
        corpus.AddRange(TonVectors.Section("boc_invalid", 28).Select(vector => vector.Base64("boc")));
        for (int seed = 0; seed < 40; seed++)
            corpus.Add(RandomCells.Tree(new Random(seed), 12).ToBoc(withCrc: false));
        corpus.RemoveAll(boc => boc.Length is 0 or > InputBytesMax);
        return corpus;
    }
}

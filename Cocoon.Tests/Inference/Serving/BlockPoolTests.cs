using Cocoon.Inference.Serving;

namespace Cocoon.Tests.Inference.Serving;

public sealed class BlockPoolTests
{
    [Fact]
    public void Random_use_never_hands_a_held_block_out_twice_nor_loses_one()
    {
        Random random = new(7);
        BlockPool pool = new(12);
        Dictionary<int, int> holders = [];
        Dictionary<UInt128, int> stored = [];
        for (int step = 0; step < 20_000; step++)
        {
            UInt128 hash = (UInt128)random.Next(20);
            switch (random.Next(3))
            {
                case 0 when pool.Available > 0:
                    int taken = pool.Take();
                    Assert.DoesNotContain(taken, holders.Keys);
                    holders[taken] = 1;
                    foreach (UInt128 overwritten in stored.Where(pair => pair.Value == taken).Select(pair => pair.Key).ToArray())
                        stored.Remove(overwritten);
                    if (!stored.ContainsKey(hash))
                        stored[hash] = taken;
                    pool.Register(hash, taken);
                    break;
                case 1 when pool.TryShare(hash, out int shared):
                    Assert.Equal(stored[hash], shared);
                    holders[shared] = holders.GetValueOrDefault(shared) + 1;
                    break;
                case 2 when holders.Count > 0:
                    int released = holders.Keys.ElementAt(random.Next(holders.Count));
                    pool.Release(released);
                    if (--holders[released] == 0)
                        holders.Remove(released);
                    break;
            }

            Assert.Equal(holders.Count, pool.Used);
        }
    }

    [Fact]
    public void Giving_back_twice_and_taking_too_many_are_errors()
    {
        BlockPool pool = new(1);
        int block = pool.Take();
        Assert.Throws<InvalidOperationException>(() => pool.Take());
        pool.Release(block);
        Assert.Throws<InvalidOperationException>(() => pool.Release(block));
    }

    [Fact]
    public void The_same_text_in_another_scope_or_after_other_text_has_another_name()
    {
        int[] prompt = [.. Enumerable.Range(0, 64)];
        UInt128[] first = PromptHash.Compute("a", prompt), other = PromptHash.Compute("b", prompt);
        prompt[0]++;
        UInt128[] changed = PromptHash.Compute("a", prompt);
        Assert.Equal(2, first.Length);
        Assert.Empty(first.Intersect(other));
        Assert.Empty(first.Intersect(changed));
    }
}

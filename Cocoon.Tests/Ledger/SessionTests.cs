using Cocoon.Actors.Ledger;
using Cocoon.Protocol;

namespace Cocoon.Tests.Ledger;

public class SessionTests
{
    private static readonly SessionId Id = SessionId.Open(1_800_000_000, 1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 65)]
    [InlineData(4, 1_000_000)]
    public void The_window_equals_a_set_of_numbers(int seed, long start)
    {
        Random random = new(seed);
        Session session = new(Id);
        HashSet<long> settled = [];
        long highest = 0;
        for (int i = 0; i < 20_000; i++)
        {
            long number = highest == 0 ? start : Math.Max(1, highest + random.Next(-5000, random.Next(100) == 0 ? 9000 : 12));
            JobStanding expected = settled.Contains(number) && number > highest - 4096 ? JobStanding.Closed
                : number <= highest - 4096 ? JobStanding.TooOld
                : JobStanding.Unknown;
            Assert.Equal(expected, session.Standing(number));
            if (expected != JobStanding.Unknown)
                continue;
            session.Settle(number, 1, 10, final: true, i + 1);
            settled.Add(number);
            highest = Math.Max(highest, number);
        }

        Assert.Equal(highest, session.Highest);
    }

    [Fact]
    public void A_job_stays_open_however_far_it_is_overtaken()
    {
        Session session = new(Id);
        session.Settle(1, 1, 10, final: false, 1);
        session.Settle(10_000, 1, 10, final: true, 2);
        Assert.Equal(JobStanding.Open, session.Standing(1));
        Assert.Equal(new OpenJob(1, 10), session.Instalments(1));
        session.Settle(1, 2, 20, final: true, 3);
        Assert.Equal(JobStanding.TooOld, session.Standing(1));
        Assert.Empty(session.Open);
    }

    [Fact]
    public void The_newest_settlements_can_be_found()
    {
        Session session = new(Id);
        for (int number = 1; number <= 100; number++)
            session.Settle(number, 1, 10, final: true, number * 10);
        Assert.True(session.TryGetSequence(100, out long sequence));
        Assert.Equal(1000, sequence);
        Assert.True(session.TryGetSequence(69, out _));
        Assert.False(session.TryGetSequence(68, out _));
    }

    [Fact]
    public void A_session_id_says_when_it_was_opened() => Assert.Equal(1_800_000_000, Id.OpenedUnixSeconds);
}

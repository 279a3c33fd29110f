using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;

namespace Cocoon.Actors.Proxy;

/// <summary>What a <see cref="SurveyActor"/> hears.</summary>
public abstract record SurveyMessage;

/// <summary>Asks for the node's view of the network, at most a second old.</summary>
public sealed record DescribeNetwork(ReplyTo<NetworkSurvey> ReplyTo) : SurveyMessage;

/// <summary>
/// Asks fleet and ledgers how they stand when somebody wants to know, and never more than once a second, so that curious clients cost the
/// ledgers nothing that counts.
/// </summary>
internal sealed class SurveyActor(ProxyContext context) : Actor<SurveyMessage>
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly List<ReplyTo<NetworkSurvey>> asking = [];
    private readonly SortedDictionary<int, BooksAnswer> books = [];
    private FleetView? fleet;
    private NetworkSurvey? newest;
    private TimeSpan newestAt;
    private int streams;
    private int round;
    private bool underWay;

    protected override void Receive(SurveyMessage message)
    {
        switch (message)
        {
            case DescribeNetwork describe:
                Describe(describe);
                break;
            case FleetSeen seen when seen.Round == round && underWay:
                fleet = seen.Fleet;
                FinishIfComplete();
                break;
            case BooksSeen seen when seen.Round == round && underWay:
                books[seen.Books.Head.Stream.Number] = seen.Books;
                FinishIfComplete();
                break;
            case PatienceOver over when over.Round == round && underWay:
                if (fleet is not null)
                    Finish();
                else
                    GiveUp();
                break;
        }
    }

    private void Describe(DescribeNetwork describe)
    {
        if (newest is not null && Now - newestAt < FreshFor)
        {
            describe.ReplyTo.Reply(newest);
            return;
        }

        asking.Add(describe.ReplyTo);
        if (!underWay)
            Begin();
    }

    private void Begin()
    {
        underWay = true;
        int current = ++round;
        books.Clear();
        fleet = null;
        streams = 0;
        context.Fleet.TellControl(new DescribeFleet(Self.Accept<FleetView>(view => new FleetSeen(current, view))));
        for (int number = StreamId.Treasury.Number; number < context.Settings.ShardCount; number++)
        {
            if (context.Shards.Find(new StreamId(number)).Here is not { } shard)
                continue;
            streams++;
            shard.TellControl(new ProxyMessage.ToLedger(new QueryBooks(Self.Accept<BooksAnswer>(answer => new BooksSeen(current, answer)))));
        }

        StartTimer(Patience, new PatienceOver(current));
    }

    private void FinishIfComplete()
    {
        if (fleet is not null && books.Count == streams)
            Finish();
    }

    private void Finish()
    {
        underWay = false;
        int proxies = Math.Max(1, context.Shards.Nodes.Count);
        newest = new NetworkSurvey(fleet!, [.. books.Values], streams - books.Count, proxies, context.Clients, context.Draining)
        {
            Refused = context.Refusals.Read(),
        };
        newestAt = Now;
        foreach (ReplyTo<NetworkSurvey> one in asking)
            one.Reply(newest);
        asking.Clear();
    }

    /// <summary>Without a fleet there is nothing to tell; whoever asked asks again.</summary>
    private void GiveUp()
    {
        underWay = false;
        asking.Clear();
    }

    private sealed record FleetSeen(int Round, FleetView Fleet) : SurveyMessage;

    private sealed record BooksSeen(int Round, BooksAnswer Books) : SurveyMessage;

    private sealed record PatienceOver(int Round) : SurveyMessage;
}

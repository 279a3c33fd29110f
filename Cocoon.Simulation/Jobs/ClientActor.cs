using Cocoon.Actors.Client;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Jobs;

/// <summary>
/// A client's side of the world, around the production <see cref="JobCall"/>, receipts and ceilings: it keeps one connection, follows its
/// shard, resumes its jobs after a reconnect.
/// </summary>
internal sealed class ClientActor : Actor<ClientEvent>
{
    private static readonly TimeSpan GreetingMax = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan CeilingLifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromMinutes(1);

    private readonly NodeLife life;
    private readonly ClientParts parts;
    private readonly SeededRandom chance;
    private readonly SimulatedSigner signer;
    private readonly Backoff backoff;
    private readonly CeilingKeeper ceiling;
    private readonly SortedDictionary<(SessionId Session, long Number), ClientJob> jobs = [];
    private readonly JobNumbers numbers;
    private readonly ClientPurse? purse;
    private readonly Action startAnew;
    private ClientSession? current;
    private Endpoint? movedTo;
    private int dials;
    private ulong questions;

    public ClientActor(NodeLife life, int number, ClientParts parts, SeededRandom chance, Action startAnew)
    {
        this.life = life;
        this.parts = parts;
        this.chance = chance;
        this.startAnew = startAnew;
        signer = PeerIdentity.Client(parts.AccountOf(number));
        purse = parts.SharesPurse(number) ? new ClientPurse() : null;
        Account = AccountId.Of(signer.PublicKey);
        backoff = new Backoff(chance.NextBits(), new BackoffOptions { MaxMs = 3000 });
        ceiling = new CeilingKeeper(PeerIdentity.Scope, signer, SimulatedSigner.Verifier, parts.CeilingHeadroom, CeilingLifetime);
        Receipts = new ReceiptKeeper(PeerIdentity.Scope, SimulatedSigner.Verifier);
        numbers = new JobNumbers(Account, SessionLifetime, () => (uint)chance.NextBits());
        dials = chance.Below(parts.Proxies);
    }

    public AccountId Account { get; }

    public PublicKey Key => signer.PublicKey;

    public ReceiptKeeper Receipts { get; }

    /// <summary>Its machine in the world.</summary>
    public int Machine => life.Scheduler.Node;

    public TimeSpan Time => Now;

    protected override void OnStart()
    {
        Dial();
        PlanNext();
    }

    protected override void Receive(ClientEvent message)
    {
        switch (message)
        {
            case ClientEvent.Data data:
                IStreamOwner? taker = data.Session.Find(data.Stream);
                data.Session.Link.Consume(data.Stream, data.Body.Length);
                taker?.OnData(data.Body);
                break;
            case ClientEvent.Got { Stream: 0 } got:
                TakeLinkMessage(got);
                break;
            case ClientEvent.Got got:
                IStreamOwner? owner = got.Session.Find(got.Stream);
                if (got.End)
                    got.Session.Forget(got.Stream);
                owner?.OnMessage(got.Message);
                break;
            case ClientEvent.Writable writable:
                writable.Session.Find(writable.Stream)?.OnWritable();
                break;
            case ClientEvent.Reset reset:
                IStreamOwner? loser = reset.Session.Find(reset.Stream);
                reset.Session.Forget(reset.Stream);
                loser?.OnReset(reset.Reason, reset.Detail);
                break;
            case ClientEvent.Ready ready:
                Greet(ready.Session);
                break;
            case ClientEvent.Closed closed:
                Lose(closed);
                break;
            case ClientEvent.Redial:
                Dial();
                break;
            case ClientEvent.GreetingLate late:
                if (!late.Session.IsGreeted && late.Session == current)
                    late.Session.Link.Close(LinkReason.IdleTimeout, "the account's shard did not answer");
                break;
            default:
                ReceiveOwn(message);
                break;
        }
    }

    /// <summary>The job is over: whatever was settled counts toward the ceiling.</summary>
    public void Ended(ClientJob job, NanoTon cost)
    {
        jobs.Remove((job.Id.Session, job.Id.Number));
        LeaveDrained();
        if (ceiling.Spent(cost) && current is { IsGreeted: true } connection)
            SendCeiling(connection);
    }

    /// <summary>The key that paid for a job does not pay any more.</summary>
    public void PurseRefused(JobErrorCode code)
    {
        purse?.Refused(code);
        if (current is { IsGreeted: true } connection)
            purse?.Make(connection);
    }

    /// <summary>The shard is served elsewhere.</summary>
    public void Moved(ICallConnection from, Moved moved)
    {
        movedTo = moved.Endpoints.Count > 0 ? moved.Endpoints[0] : null;
        from.Link.Close(LinkReason.Replaced, "following the shard");
    }

    /// <summary>The node takes nothing new: jobs go to the next connection, which is made once those that run here are done.</summary>
    public void Draining(ICallConnection from)
    {
        ((ClientSession)from).IsDraining = true;
        LeaveDrained();
    }

    /// <summary>The newest head of a stream that is kept.</summary>
    public LedgerHead? HeadOf(StreamId stream)
    {
        foreach (Head head in Receipts.Heads)
        {
            if (BatchRoot.TryRead(head.Root.Statement.Span, out BatchRoot root) && root.Stream == stream)
                return new LedgerHead(stream, root.LastSequence, root.ChainHash);
        }

        return null;
    }

    public void After(TimeSpan delay, ClientEvent due) => StartTimer(delay, due);

    private void ReceiveOwn(ClientEvent message)
    {
        switch (message)
        {
            case ClientEvent.NextJob:
                if (parts.Book.TakesJobs)
                    Submit(parts.Mix.Next(chance));
                PlanNext();
                break;
            case ClientEvent.Submit submit:
                Submit(submit.Order);
                break;
            case ClientEvent.PlaceDue due:
                if (!due.Job.Call.IsPlaced && current is { TakesJobs: true } connection)
                    due.Job.Place(connection);
                break;
            case ClientEvent.CancelDue due:
                due.Job.Cancel();
                break;
            case ClientEvent.PatienceOver over:
                over.Job.GiveUp();
                break;
            case ClientEvent.LookUpDue due:
                LookUp(due.Job);
                break;
            case ClientEvent.ResubmitDue due:
                Resubmit(due.Job);
                break;
        }
    }

    private void PlanNext()
    {
        if (parts.Mix.UntilNext(chance) is { } wait)
            StartTimer(wait, new ClientEvent.NextJob());
    }

    private void Submit(JobOrder order)
    {
        if (purse is not null && chance.Below(2) == 0)
            order = ClientPurse.Pay(order);
        ClientJob job = new(this, parts, numbers.Next(life.Scheduler.UtcNow), order);
        jobs.Add((job.Id.Session, job.Id.Number), job);
        job.Begin();
        if (current is not { TakesJobs: true } connection)
            return;
        purse?.Make(connection);
        job.Place(connection);
    }

    private void LookUp(ClientJob job)
    {
        if (current is not { IsGreeted: true } connection)
        {
            StartTimer(TimeSpan.FromSeconds(1), new ClientEvent.LookUpDue(job));
            return;
        }

        ResumeOpen open = new() { Job = JobCall.NameOf(job.Id), NextChunk = long.MaxValue };
        if (connection.Open(StreamKind.Resume, open, new ClientLookUp(this, job, parts.Book), end: true) == 0)
            StartTimer(TimeSpan.FromSeconds(1), new ClientEvent.LookUpDue(job));
    }

    /// <summary>Sends a settled job once more under its old number: it must be refused.</summary>
    private void Resubmit(ClientJob job)
    {
        if (current is { TakesJobs: true } connection)
            new ResubmittedJob(job).Call.Place(connection);
    }

    private void Dial()
    {
        Endpoint? moved = movedTo;
        movedTo = null;
        string host = moved?.Host ?? PeerIdentity.ProxyName(dials++ % parts.Proxies);
        LinkIdentity identity = new()
        {
            Role = Role.Client,
            Scope = PeerIdentity.Scope,
            Signer = signer,
            Heads = parts.ShowsHeads ? Receipts.Heads : [],
        };
        current = new ClientSession(Self).Dial(life.Transport, new DialTarget(host, PeerIdentity.Port, identity));
    }

    /// <summary>What was settled so far decides the ceiling, and the ceiling comes before any job.</summary>
    private void Greet(ClientSession connection)
    {
        connection.Greeting = ++questions;
        connection.Link.Send(0, FrameKind.BalanceQuery, new BalanceQuery { Query = connection.Greeting }, end: false);
        StartTimer(GreetingMax, new ClientEvent.GreetingLate(connection));
    }

    private void TakeLinkMessage(ClientEvent.Got got)
    {
        switch (got.Message)
        {
            case Balance balance when balance.Query == got.Session.Greeting && got.Session == current && !got.Session.IsGreeted:
                if (!Trusts(got.Session, balance))
                    break;
                ceiling.Learn(balance);
                SendCeiling(got.Session);
                purse?.Make(got.Session);
                got.Session.IsGreeted = true;
                backoff.Reset();
                foreach (ClientJob job in jobs.Values.ToArray())
                    job.Place(got.Session);
                break;
            case PurseAnswer answer when got.Session == current:
                purse?.Take(answer);
                break;
            case CeilingAnswer answer when ceiling.Learn(answer):
                SendCeiling(got.Session);
                break;
            case Moved moved when got.Session == current:
                Moved(got.Session, moved);
                break;
        }
    }

    /// <summary>
    /// Holds the ledger's head against the newest that the client keeps a signature on. A node that is merely behind is left for a while;
    /// where history is gone nothing is sent any more, until its user has heard from the operator and starts anew.
    /// </summary>
    private bool Trusts(ClientSession connection, Balance balance)
    {
        LedgerHead told = new(new StreamId(balance.Stream), (long)balance.Sequence, Bytes32.From(balance.ChainHash.Span));
        string? contradiction = Receipts.Contradiction(told.Stream, told.Sequence, told.Chain);
        bool isLost = parts.Book.Compared(told, HeadOf(told.Stream), contradiction is not null);
        if (contradiction is null)
            return true;
        connection.Link.Close(LinkReason.LedgerStopped, contradiction);
        if (isLost)
            startAnew();
        return false;
    }

    private void SendCeiling(ClientSession connection)
        => connection.Link.Send(0, FrameKind.CeilingUpdate, ceiling.Sign(life.Scheduler.UtcNow), end: false);

    private void LeaveDrained()
    {
        if (current is { IsDraining: true } leaving && !jobs.Values.Any(job => job.Call.IsOn(leaving)))
            leaving.Link.Close(LinkReason.Drained, "the node is draining: looking for another");
    }

    private void Lose(ClientEvent.Closed closed)
    {
        foreach (IStreamOwner owner in closed.Session.TakeOwners())
            owner.OnLost(closed.End.Detail);
        if (closed.Session != current)
            return;
        current = null;
        long wait = movedTo is null ? backoff.NextMs(closed.End.RetryAfterMs) : 50;
        StartTimer(TimeSpan.FromMilliseconds(wait), new ClientEvent.Redial());
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Cocoon.Actors.Client;
using Cocoon.Actors.Ports;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Wire;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>
/// An account's connection to one operator's proxies. It dials, dials again, follows a moved shard, resumes running jobs after a
/// reconnect, keeps the ceiling ahead of what is spent, and checks every receipt.
/// </summary>
public sealed partial class NetworkJobClient : IJobClient
{
    private readonly NetworkClientOptions options;
    private readonly TimeProvider time;
    private readonly KeptLink link;
    private readonly JobNumbers numbers;
    private readonly Lock gate = new();
    private readonly Dictionary<JobId, NetworkJob> running = [];
    private readonly CeilingKeeper ceiling;
    private TaskCompletionSource<ClientConnection> ready = NewSource();
    private ICallConnection? draining;
    private string? distrust;
    private TlsTransport? ownTransport;

    internal NetworkJobClient(NetworkClientOptions options, ITransport transport, TimeProvider time)
    {
        if (options.Nodes.Count == 0)
            throw new ArgumentException("an operator is reached by at least one node: none is configured", nameof(options));
        this.options = options;
        this.time = time;
        Receipts = new ReceiptKeeper(options.Scope, new RememberedSignatures(options.Verifier));
        foreach (Head head in options.Receipts?.HeadsOf(options.Scope) ?? [])
            Receipts.Learn(head);
        KeptReceipts = new JobReceipts(Receipts, options.Receipts);
        ceiling = new CeilingKeeper(options.Scope, options.Account, options.Verifier, options.CeilingHeadroom, options.CeilingLifetime);
        numbers = new JobNumbers(Account, options.SessionLifetime, static () => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)));
        ulong seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        link = new KeptLink(transport, time, Target, made => new ClientConnection(this, made), seed);
    }

    /// <summary>A client with a TLS transport of its own, which starts connecting at once.</summary>
    public static NetworkJobClient Connect(NetworkClientOptions options) => Connect(options, TimeProvider.System);

    internal static NetworkJobClient Connect(NetworkClientOptions options, TimeProvider time)
    {
        TlsTransport transport = new(options.Verifier, TimeProvider.System);
        return new NetworkJobClient(options, transport, time) { ownTransport = transport };
    }

    /// <summary>The account.</summary>
    public AccountId Account => AccountId.Of(options.Account.PublicKey);

    /// <summary>The operator.</summary>
    public PublicKey Operator => options.Scope.Operator;

    internal NetworkClientOptions Options => options;

    internal ReceiptKeeper Receipts { get; }

    internal JobReceipts KeptReceipts { get; }

    internal TimeProvider Time => time;

    /// <summary>Whether a job that a draining node has not begun waits for the operator's next node; false: it is refused, for another operator.</summary>
    internal bool WaitsOutDrains { get; set; } = true;

    /// <summary>The connection that takes jobs now; null while there is none.</summary>
    internal ClientConnection? Ready
    {
        get
        {
            lock (gate)
                return ready.Task.IsCompletedSuccessfully ? ready.Task.Result : null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IJob> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        ClientConnection connection = await ConnectedAsync(cancellationToken);
        JobId id = numbers.Next(time.GetUtcNow());
        try
        {
            return await SubmitAsync(id, request, connection, cancellationToken);
        }
        catch (JobException refused) when (refused.Failure == JobFailure.Session)
        {
            // It has not run. A machine that slept for a week numbers its jobs in a session that is over.
            numbers.Leave(id.Session);
            return await SubmitAsync(numbers.Next(time.GetUtcNow()), request, connection, cancellationToken);
        }
    }

    private async Task<IJob> SubmitAsync(JobId id, JobRequest request, ClientConnection connection, CancellationToken cancellationToken)
    {
        NetworkJob job = new(this, id, request);
        try
        {
            lock (gate)
            {
                // From now on a reconnect sees it; a reconnect since the waiting ended is seen here.
                running[id] = job;
                if (ready.Task.IsCompletedSuccessfully)
                    connection = ready.Task.Result;
            }

            job.Begin(connection);
            await job.Admitted.WaitAsync(cancellationToken);
            return job;
        }
        catch
        {
            await job.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<JobOutcome> LookUpAsync(string jobId, CancellationToken cancellationToken = default)
    {
        string[] parts = jobId.Split('/');
        if (parts.Length != 3 || parts[0] != Account.ToString()
            || !ulong.TryParse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong asked)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw new JobException(JobFailure.BadRequest, $"'{jobId}' is not a job of account {Account}: expected account/session/number");
        ClientConnection connection = await ConnectedAsync(cancellationToken);
        return await connection.LookUpAsync(new JobId(Account, new SessionId(asked), number)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await link.DisposeAsync();
        Abandon("the client was closed");
        if (Interlocked.Exchange(ref ownTransport, null) is { } transport)
            await transport.DisposeAsync();
    }

    /// <summary>A link is ready. What was settled so far decides the ceiling, and the ceiling comes before any job.</summary>
    internal void Connected(ClientConnection connection)
    {
        (ulong number, Task<IMessage> answer) = questions.Ask();
        connection.Link.Send(0, FrameKind.BalanceQuery, new BalanceQuery { Query = number }, end: false);
        _ = GreetAsync(connection, answer);
    }

    internal void Disconnected(ClientConnection connection, string? ledgerStopped)
    {
        if (ledgerStopped is not null)
            Distrust(ledgerStopped);
        lock (gate)
        {
            if (IsReadyLocked(connection))
                ready = NewSource();
            if (draining == connection)
                draining = null;
        }

        questions.Fail("the connection to the proxy was lost");
    }

    internal void Answered(ClientConnection connection, CeilingAnswer answer)
    {
        if (ceiling.Learn(answer))
            SendCeiling(connection.Link);
    }

    /// <summary>The account's shard lives on another node: the next dialing goes there.</summary>
    internal void Moved(ICallConnection connection, Moved moved)
    {
        lock (gate)
            movedTo = moved.Endpoints.Count > 0 ? (moved.Endpoints[0].Host, (int)moved.Endpoints[0].Port) : null;
        // Not goodbye: jobs that run here are resumed there.
        connection.Link.Close(LinkReason.Replaced, "following the shard");
    }

    /// <summary>The node takes nothing new: jobs go to the next connection, which is made once those that run here are done.</summary>
    internal void Draining(ICallConnection connection)
    {
        lock (gate)
        {
            if (IsReadyLocked(connection))
                ready = NewSource();
            draining = connection;
        }

        LeaveDrained();
    }

    internal void Ended(NetworkJob job, NanoTon cost)
    {
        lock (gate)
            running.Remove(job.Job);
        LeaveDrained();
        if (ceiling.Spent(cost) && link.Current is { } current)
            SendCeiling(current);
    }

    /// <summary>
    /// The operator's ledger is not the one that its signatures speak of. Dialing goes on, because the right copy may be put back; nothing
    /// else does: jobs that wait fail with the reason.
    /// </summary>
    private void Distrust(string reason)
    {
        TaskCompletionSource<ClientConnection> waiting;
        NetworkJob[] jobs;
        lock (gate)
        {
            distrust = reason;
            waiting = ready;
            ready = NewSource();
            jobs = [.. running.Values];
        }

        waiting.TrySetException(new JobException(JobFailure.LedgerContradicted, reason));
        _ = waiting.Task.Exception;
        foreach (NetworkJob job in jobs)
            job.Fail(new JobException(JobFailure.LedgerContradicted, reason) { JobId = job.Id });
    }

    private void SendCeiling(ILink current) => current.Send(0, FrameKind.CeilingUpdate, ceiling.Sign(time.GetUtcNow()), end: false);

    private void LeaveDrained()
    {
        ICallConnection? leaving;
        lock (gate)
        {
            leaving = draining;
            if (leaving is null || running.Values.Any(job => job.IsOn(leaving)))
                return;
            draining = null;
        }

        leaving.Link.Close(LinkReason.Drained, "the node is draining: looking for another");
    }

    private bool IsReadyLocked(ICallConnection connection) => ready.Task.IsCompletedSuccessfully && ready.Task.Result == connection;

    private static TaskCompletionSource<ClientConnection> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task GreetAsync(ClientConnection connection, Task<IMessage> answer)
    {
        NetworkJob[] jobs;
        try
        {
            Balance balance = (Balance)await answer.WaitAsync(options.ConnectTimeout, time);
            if (balance.ChainHash.Length == Bytes32.Length
                && Receipts.Contradiction(new StreamId(balance.Stream), (long)balance.Sequence, Bytes32.From(balance.ChainHash.Span)) is { } contradiction)
            {
                Distrust(contradiction);
                connection.Link.Close(LinkReason.LedgerStopped, contradiction);
                return;
            }

            ceiling.Learn(balance);
        }
        catch (Exception failure) when (failure is TimeoutException or JobException)
        {
            connection.Link.Close(LinkReason.IdleTimeout, "the account's shard did not answer");
            return;
        }

        SendCeiling(connection.Link);
        lock (gate)
        {
            movedTo = null;
            // The link may have ended while the answer was on its way; its successor greets for itself.
            if (connection.Closed)
                return;
            distrust = null;
            ForgetRefusals();
            ready.TrySetResult(connection);
            jobs = [.. running.Values];
        }

        foreach (NetworkJob job in jobs)
            job.Place(connection);
    }

    private void Abandon(string why)
    {
        NetworkJob[] jobs;
        lock (gate)
            jobs = [.. running.Values];
        foreach (NetworkJob job in jobs)
            job.Fail(new JobException(JobFailure.Cancelled, why) { JobId = job.Id });
        questions.Fail(why);
    }
}

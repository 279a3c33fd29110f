using System.Buffers;
using Cocoon.Actors.Client;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>One connection to a proxy node: its streams belong to jobs, the rest to the client.</summary>
internal sealed class ClientConnection(NetworkJobClient client, ILink link) : ILinkHandler, ICallConnection
{
    private readonly Lock gate = new();
    private readonly Dictionary<uint, IStreamOwner> streams = [];
    private bool established;
    private bool closed;

    public ILink Link => link;

    /// <summary>Whether the link has ended; it never comes back.</summary>
    public bool Closed
    {
        get
        {
            lock (gate)
                return closed;
        }
    }

    public uint Open(StreamKind kind, IMessage open, IStreamOwner owner, bool end)
    {
        lock (gate)
        {
            uint stream = closed ? 0 : link.Open(kind, open, end);
            if (stream != 0)
                streams[stream] = owner;
            return stream;
        }
    }

    public void Forget(uint stream)
    {
        lock (gate)
            streams.Remove(stream);
    }

    /// <summary>Asks what became of a job, without going on with it.</summary>
    public Task<JobOutcome> LookUpAsync(JobId job)
    {
        LookUp lookUp = new(job, client.KeptReceipts);
        ResumeOpen open = new() { Job = JobCall.NameOf(job), NextChunk = long.MaxValue };
        uint stream = Open(StreamKind.Resume, open, lookUp, end: true);
        if (stream == 0)
            lookUp.OnLost("the connection takes no streams");
        return lookUp.Outcome;
    }

    public void OnPeer(LinkPeer peer)
    {
        if (peer.Role == Role.Proxy)
            link.Admit();
        else
            link.Refuse(LinkReason.Role, $"a client talks to proxies, not to a {peer.Role}");
    }

    public void OnReady()
    {
        established = true;
        client.Connected(this);
    }

    public void OnOpen(uint stream, StreamKind kind, IMessage open, bool end)
        => link.Reset(stream, LinkReason.UnknownStreamKind, "a client serves no streams");

    public void OnData(uint stream, FrameKind kind, in ReadOnlySequence<byte> body, bool end)
    {
        int length = (int)body.Length;
        Find(stream)?.OnData(body.ToArray());
        link.Consume(stream, length);
    }

    public void OnMessage(uint stream, FrameKind kind, IMessage message, bool end)
    {
        if (stream != 0)
        {
            IStreamOwner? owner = Find(stream);
            if (end)
                Forget(stream);
            owner?.OnMessage(message);
            return;
        }

        switch (message)
        {
            case Balance balance:
                client.Answered(balance.Query, balance);
                break;
            case CeilingAnswer answer:
                client.Answered(this, answer);
                break;
            case Models models:
                client.Answered(models.Query, models);
                break;
            case NetworkState state:
                client.Answered(state.Query, state);
                break;
            case PurseAnswer answer:
                client.Answered(answer.Query, answer);
                break;
            case Purses purses:
                client.Answered(purses.Query, purses);
                break;
            case Earnings earnings:
                client.Answered(earnings.Query, earnings);
                break;
            case WalletAnswer or WithdrawalAnswer:
                client.AnsweredMoney(message);
                break;
            case Moved moved:
                client.Moved(this, moved);
                break;
        }
    }

    public void OnReset(uint stream, LinkReason reason, string detail)
    {
        IStreamOwner? owner = Find(stream);
        Forget(stream);
        owner?.OnReset(reason, detail);
    }

    public void OnWritable(uint stream) => Find(stream)?.OnWritable();

    public void OnLoad(int running, int max)
    {
    }

    public void OnClosed(LinkEnd end)
    {
        IStreamOwner[] orphans;
        lock (gate)
        {
            closed = true;
            orphans = [.. streams.Values];
            streams.Clear();
        }

        if (!established)
            client.NotReached(end);
        client.Disconnected(this, end is { ByPeer: true, Reason: LinkReason.LedgerStopped } ? end.Detail : null);
        foreach (IStreamOwner orphan in orphans)
            orphan.OnLost($"the connection ended: {end.Reason} {end.Detail}");
    }

    private IStreamOwner? Find(uint stream)
    {
        lock (gate)
            return streams.GetValueOrDefault(stream);
    }
}

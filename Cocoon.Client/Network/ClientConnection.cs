using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;
using WireJobId = Cocoon.Protocol.V1.JobId;

namespace Cocoon.Client.Network;

/// <summary>One connection to a proxy node: its streams belong to jobs, the rest to the client.</summary>
internal sealed class ClientConnection(NetworkJobClient client, ILink link) : ILinkHandler
{
    private readonly Lock gate = new();
    private readonly Dictionary<uint, IStreamOwner> streams = [];
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

    /// <summary>Opens a stream; 0 when the link takes none. The owner hears of everything on it, and of the link's end.</summary>
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
        ResumeOpen open = new() { Job = NameOf(job), NextChunk = long.MaxValue };
        uint stream = Open(StreamKind.Resume, open, lookUp, end: true);
        if (stream == 0)
            lookUp.OnLost("the connection takes no streams");
        return lookUp.Outcome;
    }

    public static WireJobId NameOf(JobId job) => new()
    {
        Account = ByteString.CopyFrom(job.Account.Value.AsSpan()),
        Session = job.Session.Value,
        Number = (ulong)job.Number,
    };

    public void OnPeer(LinkPeer peer)
    {
        if (peer.Role == Role.Proxy)
            link.Admit();
        else
            link.Refuse(LinkReason.Role, $"a client talks to proxies, not to a {peer.Role}");
    }

    public void OnReady() => client.Connected(this);

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

/// <summary>Whose stream it is.</summary>
internal interface IStreamOwner
{
    /// <summary>A data frame's body.</summary>
    void OnData(byte[] body);

    /// <summary>A message on the stream.</summary>
    void OnMessage(IMessage message);

    /// <summary>The stream takes data again.</summary>
    void OnWritable();

    /// <summary>The other side gave the stream up; the link goes on.</summary>
    void OnReset(LinkReason reason, string detail);

    /// <summary>The stream is gone with its link.</summary>
    void OnLost(string why);
}

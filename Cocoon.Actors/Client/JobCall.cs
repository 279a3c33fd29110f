using System.Buffers;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Client;

/// <summary>
/// The client's side of one job: body up, chunks down, over to the next connection when one is lost, and the receipt held against what was
/// sent and received. Without clock or waiting. Connections, timers and the app may call it at the same time: it does one thing after the
/// other, and tells its owner while it does.
/// </summary>
internal sealed class JobCall(JobId job, ReadOnlyMemory<byte> body, ReceiptKeeper receipts, IJobCallOwner owner) : IStreamOwner
{
    private readonly Lock gate = new();
    private readonly ReceivedAnswer answer = new();
    private ArrayBufferWriter<byte>? partial;
    private ICallConnection? connection;
    private uint stream;
    private bool sent;
    private int bodySent;
    private long nextChunk;
    private ulong run;

    /// <summary>Whether its owner was told the end, or has cancelled it.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether it has a stream.</summary>
    public bool IsPlaced => stream != 0;

    /// <summary>Why the answer ended, as its last chunk said.</summary>
    public ChunkFinish Finish { get; private set; } = ChunkFinish.Stop;

    /// <summary>Whether its stream is there. Takes no lock: owners ask while they hold their own.</summary>
    public bool IsOn(ICallConnection candidate) => connection == candidate;

    /// <summary>
    /// Sends header and body over the connection. A job that was sent before is asked to go on there, one that no chunk has come of yet
    /// too: it may never have arrived.
    /// </summary>
    public void Place(ICallConnection on)
    {
        lock (gate)
        {
            if (IsOver || connection == on)
                return;
            LetStreamGo();
            if (sent)
                Ask(on);
            else
                Send(on);
        }
    }

    /// <summary>The owner does not want it any more, and is told nothing more; what was relayed by now is charged. False when it was over.</summary>
    public bool Cancel(string why)
    {
        lock (gate)
        {
            if (IsOver)
                return false;
            connection?.Link.Send(stream, FrameKind.Cancel, new Cancel { Reason = why }, end: true);
            IsOver = true;
            LetStreamGo();
            answer.Clear();
            return true;
        }
    }

    /// <summary>A copy of the answer as it was received by now; empty once its owner was told the end.</summary>
    public byte[] CopyAnswer()
    {
        lock (gate)
            return answer.ToArray();
    }

    public void OnData(byte[] body)
    {
        lock (gate)
        {
            if (IsOver || !ChunkHeader.TryRead(body, out ChunkHeader header, out int start) || header.Sequence != nextChunk)
                return;
            nextChunk++;
            ReadOnlyMemory<byte> payload = body.AsMemory(start);
            answer.Add(payload);
            if (header.Finish != ChunkFinish.None)
                Finish = header.Finish;
            if (IsWhole(ref payload))
                owner.OnChunk(payload, header.Usage);
        }
    }

    public void OnMessage(IMessage message)
    {
        lock (gate)
        {
            if (!IsOver)
                Take(message);
        }
    }

    public void OnWritable()
    {
        lock (gate)
            SendBody();
    }

    /// <summary>There is nothing to go on with.</summary>
    public void OnReset(LinkReason reason, string detail)
    {
        JobErrorCode code = reason switch
        {
            LinkReason.TooManyStreams => JobErrorCode.QueueFull,
            LinkReason.StreamTooLong => JobErrorCode.TooLarge,
            _ => JobErrorCode.Interrupted,
        };
        lock (gate)
        {
            if (!IsOver)
                End(new JobCallEnd(null, new JobError { Code = code, Reason = $"the proxy ended the job's stream: {reason} {detail}" }, null, null));
        }
    }

    /// <summary>The stream went with its link: to be asked for on the next connection.</summary>
    public void OnLost(string why)
    {
        lock (gate)
        {
            if (IsOver)
                return;
            LetStreamGo();
            owner.OnAdrift();
        }
    }

    internal static Protocol.V1.JobId NameOf(JobId job) => new()
    {
        Account = ByteString.CopyFrom(job.Account.Value.AsSpan()),
        Session = job.Session.Value,
        Number = (ulong)job.Number,
    };

    private void Send(ICallConnection on)
    {
        bodySent = 0;
        if (Open(on, StreamKind.Job, new JobOpen { Header = owner.Header() }, end: false))
            SendBody();
    }

    private void Ask(ICallConnection on)
    {
        bodySent = body.Length + 1;
        Open(on, StreamKind.Resume, new ResumeOpen { Job = NameOf(job), NextChunk = (ulong)nextChunk, Run = nextChunk > 0 ? run : 0 }, end: true);
    }

    private bool Open(ICallConnection on, StreamKind kind, IMessage open, bool end)
    {
        stream = on.Open(kind, open, this, end);
        if (stream == 0)
        {
            owner.OnAdrift();
            return false;
        }

        connection = on;
        sent = true;
        return true;
    }

    private void Take(IMessage message)
    {
        switch (message)
        {
            case JobAccepted terms:
                run = terms.Run;
                owner.OnAccepted(terms);
                break;
            case JobFinal final when final.Chunks != (ulong)nextChunk:
                EndInterrupted("it is settled, but a part of the answer is missing", final.CostNanoTon, final.Receipt);
                break;
            case JobFinal final:
                End(new JobCallEnd(final, null, final.Receipt, Check(final.Receipt)));
                break;
            // A node that drains has not begun: another one may have the job.
            case JobError { Code: JobErrorCode.Draining } error when nextChunk == 0 && connection is { } from:
                LetStreamGo();
                if (owner.OnDraining(from))
                    owner.OnAdrift();
                else
                    End(new JobCallEnd(null, error, null, null));
                break;
            case JobError error:
                End(new JobCallEnd(null, error, error.Receipt, Check(error.Receipt)));
                break;
            case Instalment { Receipt: { } receipt }:
                owner.OnInstalment(receipt, Check(receipt) is not null);
                break;
            case Moved moved when connection is { } from:
                LetStreamGo();
                owner.OnMoved(from, moved);
                owner.OnAdrift();
                break;
            case ResumeAnswer resumed:
                TakeResumeAnswer(resumed);
                break;
        }
    }

    private void TakeResumeAnswer(ResumeAnswer resumed)
    {
        switch (resumed)
        {
            case { Settled: { } settled }:
                TakeSettled(settled);
                break;
            case { Interrupted: { } interrupted }:
                EndInterrupted("the node that ran it died", interrupted.CostNanoTon, interrupted.Receipt);
                break;
            // It cost nothing and is known nowhere: the same job is sent again, under the same number.
            case { Unknown: not null } when nextChunk == 0 && connection is { } on:
                LetStreamGo();
                Send(on);
                break;
            case { Unknown: not null }:
                EndInterrupted("the node that ran it died; nothing was charged", 0, null);
                break;
        }
    }

    /// <summary>Only the last word was lost when the receipt says the same of the answer as what is here.</summary>
    private void TakeSettled(JobFinal settled)
    {
        if (Check(settled.Receipt) is not { Kind: ReceiptKind.Final } leaf)
        {
            EndInterrupted("it was settled, but a part of the answer was lost with the connection", settled.CostNanoTon, settled.Receipt);
            return;
        }

        JobFinal final = new() { CostNanoTon = leaf.Cost.Value, Chunks = (ulong)nextChunk, Receipt = settled.Receipt };
        final.Usage.AddRange(leaf.Usage.Select(used => new Usage { UsageClass = (uint)used.Usage.Class, Amount = (ulong)used.Usage.Amount }));
        End(new JobCallEnd(final, null, settled.Receipt, leaf));
    }

    private void EndInterrupted(string why, long cost, Receipt? receipt)
    {
        JobError error = new() { Code = JobErrorCode.Interrupted, Reason = why, CostNanoTon = cost, Chunks = (ulong)nextChunk, Receipt = receipt };
        // What the answer's end was is not known here: the receipt is held against the job alone.
        End(new JobCallEnd(null, error, receipt, receipts.CheckJob(receipt, job, out ReceiptLeaf? leaf) ? leaf : null));
    }

    private ReceiptLeaf? Check(Receipt? receipt)
        => receipts.Check(receipt, job, HashOfRequest, answer.HashWith, out ReceiptLeaf? leaf) ? leaf : null;

    private Bytes32 HashOfRequest(Bytes32 salt)
    {
        using RelayedHash hash = new(salt);
        hash.Append(body.Span);
        return hash.Current();
    }

    /// <summary>A long chunk comes in pieces of the full length, and ends with a shorter one.</summary>
    private bool IsWhole(ref ReadOnlyMemory<byte> payload)
    {
        bool more = payload.Length == ChunkHeader.PieceBytes;
        if (!more && partial is null)
            return true;
        partial ??= new ArrayBufferWriter<byte>();
        partial.Write(payload.Span);
        if (more)
            return false;
        payload = partial.WrittenMemory;
        partial = null;
        return true;
    }

    private void End(JobCallEnd end)
    {
        IsOver = true;
        LetStreamGo();
        owner.OnEnd(end);
        answer.Clear();
    }

    private void LetStreamGo()
    {
        if (stream != 0)
            connection?.Forget(stream);
        connection = null;
        stream = 0;
    }

    private void SendBody()
    {
        while (!IsOver && connection is { } on && bodySent <= body.Length)
        {
            int length = Math.Min(LinkOptions.PartBytes, body.Length - bodySent);
            bool end = bodySent + length == body.Length;
            SendResult result = on.Link.TrySend(stream, FrameKind.Part, [], new ReadOnlySequence<byte>(body.Slice(bodySent, length)), end);
            if (result != SendResult.Sent)
                return;
            bodySent += end ? length + 1 : length;
        }
    }
}

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
/// sent and received. Without clock, thread or waiting; one call at a time.
/// </summary>
internal sealed class JobCall(JobId job, ReadOnlyMemory<byte> body, ReceiptKeeper receipts, IJobCallOwner owner) : IStreamOwner
{
    private readonly ArrayBufferWriter<byte> answer = new();
    private readonly ArrayBufferWriter<byte> partial = new();
    private ICallConnection? connection;
    private uint stream;
    private int bodySent;

    public JobId Job => job;

    /// <summary>Whether its owner was told the end.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Sequence of the chunk that comes next.</summary>
    public long NextChunk { get; private set; }

    /// <summary>Why the answer ended, as its last chunk said.</summary>
    public ChunkFinish Finish { get; private set; } = ChunkFinish.Stop;

    public bool IsOn(ICallConnection candidate) => connection == candidate;

    /// <summary>Sends header and body.</summary>
    public void Send(ICallConnection on)
    {
        connection = on;
        bodySent = 0;
        stream = on.Open(StreamKind.Job, new JobOpen { Header = owner.Header() }, this, end: false);
        if (stream == 0)
            OnLost("the connection takes no new jobs");
        else
            SendBody();
    }

    /// <summary>Asks a new connection to go on. A job that no chunk has come of yet is asked for in the same way: it may never have arrived.</summary>
    public void Resume(ICallConnection on)
    {
        if (IsOver)
            return;
        connection = on;
        ResumeOpen open = new() { Job = NameOf(job), NextChunk = (ulong)NextChunk };
        stream = on.Open(StreamKind.Resume, open, this, end: true);
        if (stream == 0)
            OnLost("the connection takes no new streams");
    }

    /// <summary>The owner does not want it any more. Nothing is told to the owner; what was relayed by now is charged.</summary>
    public void Cancel(string why)
    {
        if (IsOver)
            return;
        connection?.Link.Send(stream, FrameKind.Cancel, new Cancel { Reason = why }, end: true);
        LetGo();
    }

    /// <summary>The owner's patience is over.</summary>
    public void GiveUp(JobErrorCode code, string reason)
    {
        if (IsOver)
            return;
        connection?.Link.Send(stream, FrameKind.Cancel, new Cancel { Reason = reason }, end: true);
        End(new JobCallEnd(null, new JobError { Code = code, Reason = reason }, null, false));
    }

    public void OnData(byte[] body)
    {
        if (IsOver || !ChunkHeader.TryRead(body, out ChunkHeader header, out int start) || header.Sequence != NextChunk)
            return;
        NextChunk++;
        ReadOnlyMemory<byte> payload = body.AsMemory(start);
        answer.Write(payload.Span);
        if (header.Finish != ChunkFinish.None)
            Finish = header.Finish;
        if (payload.Length == ChunkHeader.PieceBytes || partial.WrittenCount > 0)
        {
            partial.Write(payload.Span);
            if (payload.Length == ChunkHeader.PieceBytes)
                return;
            payload = partial.WrittenSpan.ToArray();
            partial.ResetWrittenCount();
        }

        owner.OnChunk(payload, header.Usage);
    }

    public void OnMessage(IMessage message)
    {
        if (IsOver)
            return;
        switch (message)
        {
            case JobAccepted terms:
                owner.OnAccepted(terms);
                break;
            case JobFinal final:
                End(new JobCallEnd(final, null, final.Receipt, Matches(final.Receipt)));
                break;
            // A node that drains has not begun: another one may have the job.
            case JobError { Code: JobErrorCode.Draining } when NextChunk == 0:
                Leave(new Moved());
                break;
            case JobError error:
                End(new JobCallEnd(null, error, error.Receipt, Matches(error.Receipt)));
                break;
            case Moved moved:
                Leave(moved);
                break;
            case ResumeAnswer resumed:
                TakeResumeAnswer(resumed);
                break;
        }
    }

    public void OnWritable() => SendBody();

    /// <summary>The stream went with its link: to be asked for on the next connection.</summary>
    public void OnLost(string why)
    {
        connection = null;
        stream = 0;
    }

    internal static Protocol.V1.JobId NameOf(JobId job) => new()
    {
        Account = ByteString.CopyFrom(job.Account.Value.AsSpan()),
        Session = job.Session.Value,
        Number = (ulong)job.Number,
    };

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
            case { Unknown: not null } when NextChunk == 0 && connection is { } on:
                Forget();
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
        bool whole = receipts.Check(settled.Receipt, job, HashOfRequest, HashOfAnswer, out ReceiptLeaf? leaf);
        if (!whole || leaf!.Kind != ReceiptKind.Final)
        {
            EndInterrupted("it was settled, but a part of the answer was lost with the connection", settled.CostNanoTon, settled.Receipt);
            return;
        }

        JobFinal final = new() { CostNanoTon = leaf.Cost.Value, Chunks = (ulong)NextChunk, Receipt = settled.Receipt };
        final.Usage.AddRange(leaf.Usage.Select(used => new Usage { UsageClass = (uint)used.Usage.Class, Amount = (ulong)used.Usage.Amount }));
        End(new JobCallEnd(final, null, settled.Receipt, true));
    }

    private void EndInterrupted(string why, long cost, Receipt? receipt)
    {
        JobError error = new() { Code = JobErrorCode.Interrupted, Reason = why, CostNanoTon = cost, Chunks = (ulong)NextChunk, Receipt = receipt };
        // What the answer's end was is not known here: the receipt is held against the job alone.
        End(new JobCallEnd(null, error, receipt, receipts.CheckJob(receipt, job, out _)));
    }

    private bool Matches(Receipt? receipt) => receipts.Check(receipt, job, HashOfRequest, HashOfAnswer, out _);

    private Bytes32 HashOfRequest(Bytes32 salt) => HashOf(salt, body.Span);

    private Bytes32 HashOfAnswer(Bytes32 salt) => HashOf(salt, answer.WrittenSpan);

    private static Bytes32 HashOf(Bytes32 salt, ReadOnlySpan<byte> bytes)
    {
        using RelayedHash hash = new(salt);
        hash.Append(bytes);
        return hash.Current();
    }

    private void Leave(Moved moved)
    {
        LetStreamGo();
        owner.OnMoved(moved);
    }

    private void End(JobCallEnd end)
    {
        LetGo();
        owner.OnEnd(end);
    }

    private void LetGo()
    {
        IsOver = true;
        LetStreamGo();
    }

    private void LetStreamGo()
    {
        Forget();
        OnLost("it is over");
    }

    private void Forget()
    {
        if (stream != 0)
            connection?.Forget(stream);
    }

    private void SendBody()
    {
        while (!IsOver && connection is { } on && bodySent <= body.Length)
        {
            int length = Math.Min(LinkOptions.PartBytes, body.Length - bodySent);
            bool end = bodySent + length == body.Length;
            SendResult sent = on.Link.TrySend(stream, FrameKind.Part, [], new ReadOnlySequence<byte>(body.Slice(bodySent, length)), end);
            if (sent != SendResult.Sent)
                return;
            bodySent += end ? length + 1 : length;
        }
    }
}

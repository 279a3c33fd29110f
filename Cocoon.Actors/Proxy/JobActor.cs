using System.Buffers.Binary;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>
/// One job on this node, from its header to its receipt. It relays from link to link and dies with the job; chunks touch no other actor.
/// Admission and settlement are its shard's affair, choosing a worker the fleet's.
/// </summary>
internal sealed partial class JobActor : Actor<JobMessage>
{
    /// <summary>Chunks and parts wait here under their streams' credit; a job that fails is never restarted.</summary>
    public static readonly SpawnOptions Options = new(MailboxCapacity: 16_384, RestartPolicy.Never);

    private readonly ProxyContext context;
    private readonly JobRequest request;
    private readonly ActorRef<ProxyMessage> shard;
    private ClientLink? client;
    private uint clientStream;
    private Stage stage = Stage.Admitting;
    private TimeSpan deadline;
    private ActorTimer? deadlineTimer;
    private ActorTimer? resumeGrace;
    private ulong run;

    public JobActor(ProxyContext context, ClientLink client, uint stream, JobRequest request, ActorRef<ProxyMessage> shard)
    {
        this.context = context;
        this.request = request;
        this.shard = shard;
        this.client = client;
        clientStream = stream;
        window = new ChunkWindow(context.Settings.ChunkWindowBytes);
        requestHash = new RelayedHash(context.Receipts.SaltOf(request.Id, ofAnswer: false));
        answerHash = new RelayedHash(context.Receipts.SaltOf(request.Id, ofAnswer: true));
    }

    private enum Stage
    {
        /// <summary>The shard looks at account, purse, ceiling and balance.</summary>
        Admitting,

        /// <summary>A worker is being looked for.</summary>
        Waiting,

        /// <summary>At least one worker has it.</summary>
        Running,

        /// <summary>The last settlement is on its way to the journal.</summary>
        Settling,

        /// <summary>Nothing more happens.</summary>
        Over,
    }

    protected override void OnStart()
    {
        context.JobBegan();
        run = NewRun();
        deadline = Now + request.TimeLeft;
        deadlineTimer = StartTimer(request.TimeLeft, new JobMessage.DeadlinePassed());
        shard.TellControl(new ProxyMessage.Admit(request, Self, client!, clientStream));
    }

    protected override void Receive(JobMessage message)
    {
        if (stage == Stage.Over)
        {
            DropLate(message);
            return;
        }

        switch (message)
        {
            case JobMessage.WorkerChunk chunk:
                TakeChunk(chunk);
                break;
            case JobMessage.BodyPart part:
                TakePart(part);
                break;
            case JobMessage.Admitted admitted:
                TakeReservation(admitted.Answer);
                break;
            case JobMessage.ShardGone:
                client?.SendMoved(clientStream);
                End();
                break;
            case JobMessage.NodeStops:
                // Whoever has heard nothing yet sends the job to the next node.
                Abort(relayedChunks == 0 ? JobErrorCode.Draining : JobErrorCode.Interrupted, "the node stops: what was relayed is paid", JobEnd.Interrupted);
                break;
            case JobMessage.NotAdmitted refused:
                Finish(refused.Error);
                break;
            case JobMessage.Acquired acquired:
                TakeAnswer(acquired.Answer);
                break;
            case JobMessage.WorkerFinal final:
                EndAttempt(final);
                break;
            case JobMessage.WorkerError error:
                FailAttempt(error.Attempt, error.Error);
                break;
            case JobMessage.WorkerBusy busy:
                LeaveBusy(busy);
                break;
            case JobMessage.WorkerLost lost:
                LoseAttempt(lost);
                break;
            case JobMessage.WorkerWritable writable:
                SendBody(Find(writable.Attempt));
                break;
            case JobMessage.Settled settled:
                TakeSettled(settled);
                break;
            case JobMessage.SettleAgain again:
                SettleAgain(again.Instalment);
                break;
            case JobMessage.InstalmentDue:
                SettleInstalment();
                break;
            case JobMessage.HedgeDue:
                Hedge();
                break;
            case JobMessage.AskAgain when stage == Stage.Waiting && attempts.Count == 0 && pendingAskings.Count == 0:
                Acquire(AttemptKind.First);
                break;
            default:
                ReceiveFromClient(message);
                break;
        }
    }

    /// <summary>A job that dies by a bug gets no such turn: fleet and shard watch it and free what it held.</summary>
    protected override void OnStop()
    {
        context.JobEnded();
        window.Dispose();
        requestHash.Dispose();
        answerHash.Dispose();
    }

    protected override void OnTurnEnd() => ReturnCredit();

    private void ReceiveFromClient(JobMessage message)
    {
        switch (message)
        {
            case JobMessage.ClientWritable writable when writable.Link == client:
                Relay();
                SendLastWord();
                break;
            case JobMessage.ClientCancelled or JobMessage.LastWordLate when lastWord is not null:
                // Without the chunks that it did not take: it sees by their number that they are missing, and what it paid.
                TellLastWord();
                break;
            case JobMessage.ClientLost lost when lastWord is not null && lost.Link == client:
                End();
                break;
            case JobMessage.ClientCancelled cancelled:
                Abort(JobErrorCode.Cancelled, cancelled.Why, JobEnd.Cancelled);
                break;
            case JobMessage.ClientLost lost when lost.Link == client:
                client = null;
                LoseClient(lost.OnPurpose);
                break;
            case JobMessage.ResumeGraceOver when client is null:
                Abort(JobErrorCode.Cancelled, "the client did not come back", JobEnd.Cancelled);
                break;
            case JobMessage.DeadlinePassed:
                Abort(JobErrorCode.Deadline, "the job's time is over", JobEnd.Interrupted);
                break;
            case JobMessage.Resumed resumed:
                Resume(resumed);
                break;
        }
    }

    /// <summary>
    /// A client that said goodbye wants nothing more; one that was cut off may be back, unless a part of the request went with it: such a
    /// job has cost nothing, and the client sends it again.
    /// </summary>
    private void LoseClient(bool onPurpose)
    {
        if (onPurpose || !bodyEnded)
            Abort(JobErrorCode.Cancelled, "the client is gone", JobEnd.Cancelled);
        else
            resumeGrace = StartTimer(context.Settings.ResumeGrace, new JobMessage.ResumeGraceOver());
    }

    private void Resume(JobMessage.Resumed resumed)
    {
        shard.TellControl(new ProxyMessage.ResumeHeard(request.Id, Self));
        if (resumed.Run != 0 && resumed.Run != run)
        {
            // What the client has comes from a run on another node: one of the two does not own the shard any more, and the books of the
            // other one tell what was paid. Two runs must never be made into one answer.
            resumed.Link.SendMoved(resumed.Stream);
            Abort(JobErrorCode.Cancelled, "the client went on with another run of this job", JobEnd.Cancelled);
            return;
        }

        if (resumed.NextChunk > relayedChunks)
        {
            // A look-up: it wants to know, not to take the job over. Nobody skips what was not sent: that would not be counted.
            resumed.Link.Answer(resumed.Stream, RunningAt(window.NextSequence));
            return;
        }

        if (!bodyEnded && winner is null)
        {
            // A part of the request was lost with the connection that its end is to be noticed of yet.
            resumed.Link.Answer(resumed.Stream, new ResumeAnswer { Unknown = new ResumeUnknown() });
            Abort(JobErrorCode.Cancelled, "the client sends it again", JobEnd.Cancelled);
            return;
        }

        TakeOver(resumed);
        if (!window.TryRewind(resumed.NextChunk))
        {
            Abort(JobErrorCode.Interrupted, $"chunk {resumed.NextChunk} is no longer held: the job is stopped", JobEnd.Cancelled);
        }
        else
        {
            client!.Link.Send(clientStream, FrameKind.ResumeAnswer, RunningAt(resumed.NextChunk), end: false);
            if (winner is not null)
                TellAccepted(winner);
        }

        if (stage == Stage.Over)
            return;
        Relay();
        SendLastWord();
    }

    private void TakeOver(JobMessage.Resumed resumed)
    {
        resumeGrace?.Cancel();
        if (client is not null && (client != resumed.Link || clientStream != resumed.Stream))
            client.Forget(clientStream);
        client = resumed.Link;
        clientStream = resumed.Stream;
        client.Attach(clientStream, Self);
    }

    /// <summary>Not 0, and no other job actor's on any node.</summary>
    private ulong NewRun()
    {
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        System.Entropy.Fill(random);
        return BinaryPrimitives.ReadUInt64LittleEndian(random) | 1;
    }

    private static ResumeAnswer RunningAt(long nextChunk) => new() { Running = new ResumeRunning { NextChunk = (ulong)nextChunk } };

    private void TellClient(FrameKind kind, Google.Protobuf.IMessage message, bool end) => client?.Link.Send(clientStream, kind, message, end);

    /// <summary>Ends the job before anything was relayed, at no cost.</summary>
    private void Finish(JobError error)
    {
        if (relayedChunks == 0 && error.Code != JobErrorCode.Cancelled)
            context.Refusals.Count(error.Code);
        TellClient(FrameKind.JobError, error, end: true);
        End();
    }

    private void End()
    {
        if (stage == Stage.Over)
            return;
        ReleaseAll();
        CancelTimers();
        stage = Stage.Over;
        client?.Forget(clientStream);
        shard.TellControl(new ProxyMessage.JobOver(request.Id, Self));
        Self.Stop();
    }

    /// <summary>A timer holds the job in memory until it is due, and the deadline may be an hour away.</summary>
    private void CancelTimers()
    {
        deadlineTimer?.Cancel();
        resumeGrace?.Cancel();
        instalments?.Cancel();
        settleAgain?.Cancel();
    }

    private static void DropLate(JobMessage message)
    {
        if (message is JobMessage.WorkerChunk chunk)
            JobMessage.WorkerChunk.Bodies.Return(chunk.Body);
    }
}

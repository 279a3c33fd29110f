using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;

namespace Cocoon.Client.Network;

/// <content>On which connection the job is, how it gets to the next, and what is known of it there.</content>
internal sealed partial class NetworkJob
{
    private static readonly TimeSpan PlaceAgainAfter = TimeSpan.FromMilliseconds(100);
    private ClientConnection? home;
    private uint stream;
    private bool resuming;
    private ITimer? patience;

    private TimeSpan TimeLeft => (request.TimeLimit ?? client.Options.DefaultTimeLimit) - client.Time.GetElapsedTime(submitted);

    /// <summary>Whether it has a stream on that connection.</summary>
    public bool IsOn(ClientConnection candidate) => stream != 0 && home == candidate;

    /// <summary>Sends it for the first time, unless a new connection has asked for it already.</summary>
    public void Open(ClientConnection on)
    {
        lock (gate)
        {
            if (home is null && !over)
                Send(on);
        }
    }

    /// <summary>Asks a new connection to go on. A job that no chunk has come of yet is asked for in the same way: it may never have arrived.</summary>
    public void Resume(ClientConnection on)
    {
        lock (gate)
        {
            if (over || home == on)
                return;
            Detach();
            Ask(on);
        }
    }

    /// <summary>The stream went with its link: the client asks again on the next connection.</summary>
    public void OnLost(string why)
    {
        lock (gate)
        {
            stream = 0;
            WaitForConnection();
        }
    }

    /// <summary>The proxy gave the stream up and kept the link: there is nothing to go on with.</summary>
    public void OnReset(LinkReason reason, string detail)
    {
        JobFailure failure = reason switch
        {
            LinkReason.TooManyStreams => JobFailure.QueueFull,
            LinkReason.StreamTooLong => JobFailure.TooLarge,
            _ => JobFailure.Interrupted,
        };
        Fail(new JobException(failure, $"the proxy ended the job's stream: {reason} {detail}") { JobId = Id });
    }

    private void Send(ClientConnection on)
    {
        home = on;
        resuming = false;
        bodySent = 0;
        stream = on.Open(StreamKind.Job, new JobOpen { Header = Header() }, this, end: false);
        if (stream == 0)
            WaitForConnection();
        else
            SendBody();
    }

    private void Ask(ClientConnection on)
    {
        home = on;
        resuming = true;
        ResumeOpen open = new() { Job = ClientConnection.NameOf(Job), NextChunk = (ulong)nextChunk };
        stream = on.Open(StreamKind.Resume, open, this, end: true);
        if (stream == 0)
            WaitForConnection();
    }

    private void Detach()
    {
        if (stream != 0)
            home!.Forget(stream);
        stream = 0;
    }

    /// <summary>Until then it waits for the next connection, or for a link that was full to have room; the job's own time bounds that.</summary>
    private void WaitForConnection()
    {
        if (!over)
            patience ??= client.Time.CreateTimer(static job => ((NetworkJob)job!).TryAgain(), this, PlaceAgainAfter, PlaceAgainAfter);
    }

    private void TryAgain()
    {
        lock (gate)
        {
            if (over || stream != 0)
            {
                patience?.Dispose();
                patience = null;
                return;
            }

            if (TimeLeft <= TimeSpan.Zero)
                Fail(new JobException(JobFailure.Unreachable, "the connection was lost, and there was none again in the job's time") { JobId = Id });
            else if (home is not { Closed: false } still || !client.IsReady(still))
                return;
            else if (resuming)
                Ask(still);
            else
                Send(still);
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
                Fail(InterruptedBy("the node that ran it died", interrupted.CostNanoTon, interrupted.Receipt));
                break;
            case { Unknown: not null } when nextChunk == 0 && home is { } on:
                // It cost nothing and is known nowhere: the same job is sent again, under the same number.
                Detach();
                Send(on);
                break;
            case { Unknown: not null }:
                Fail(new JobException(JobFailure.Interrupted, "the node that ran it died; nothing was charged") { JobId = Id });
                break;
        }
    }

    /// <summary>It ended while the connection was gone. If the receipt's hash is that of what has arrived, nothing was missed but the end.</summary>
    private void TakeSettled(JobFinal settled)
    {
        JobReceipt? receipt = settled.Receipt is null ? null : Checked(settled.Receipt);
        bool whole = receipt is { Verified: true }
            && ReceiptLeaf.TryRead(settled.Receipt!.Leaf.Span, out ReceiptLeaf leaf) && leaf.Kind == ReceiptKind.Final;
        if (whole)
            Complete(client.KeptReceipts.Describe(Job, new NanoTon(settled.CostNanoTon), settled.Receipt) with { Finish = finish, Receipt = receipt });
        else
            Fail(InterruptedBy("it was settled, but a part of the answer was lost with the connection", settled.CostNanoTon, settled.Receipt));
    }

    private JobException InterruptedBy(string why, long cost, Receipt? receipt)
        => new(JobFailure.Interrupted, why) { JobId = Id, Cost = new NanoTon(cost), Receipt = receipt is null ? null : Checked(receipt) };
}

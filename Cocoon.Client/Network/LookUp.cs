using Cocoon.Actors.Client;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>A question for an earlier job's fate.</summary>
internal sealed class LookUp(JobId job, JobReceipts receipts) : IStreamOwner
{
    private readonly TaskCompletionSource<JobOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<JobOutcome> Outcome => outcome.Task;

    public void OnData(byte[] body)
    {
    }

    public void OnMessage(IMessage message)
    {
        switch (message)
        {
            case ResumeAnswer { Settled: { } settled }:
                outcome.TrySetResult(new JobOutcome(JobState.Settled, ResultOf(settled.CostNanoTon, settled.Receipt)));
                break;
            case ResumeAnswer { Interrupted: { } interrupted }:
                outcome.TrySetResult(new JobOutcome(JobState.Interrupted, ResultOf(interrupted.CostNanoTon, interrupted.Receipt)));
                break;
            case ResumeAnswer { Unknown: not null }:
                outcome.TrySetResult(new JobOutcome(JobState.Unknown, null));
                break;
            case ResumeAnswer { Running: not null }:
                outcome.TrySetResult(new JobOutcome(JobState.Running, null));
                break;
            case JobError error:
                outcome.TrySetException(new JobException((JobFailure)error.Code, error.Reason));
                break;
        }
    }

    public void OnWritable()
    {
    }

    public void OnReset(LinkReason reason, string detail) => OnLost($"{reason} {detail}");

    public void OnLost(string why) => outcome.TrySetException(new JobException(JobFailure.Unreachable, why));

    private JobResult ResultOf(long cost, Receipt? receipt) => receipts.Describe(job, new NanoTon(cost), receipt);
}

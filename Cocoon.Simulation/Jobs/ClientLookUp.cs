using Cocoon.Actors.Client;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>A client's question for a cancelled job's fate, asked until it is answered.</summary>
internal sealed class ClientLookUp(ClientActor client, ClientJob job, JobBook book) : IStreamOwner
{
    public void OnData(byte[] body)
    {
    }

    public void OnMessage(IMessage message)
    {
        switch (message)
        {
            case ResumeAnswer { Settled: { } settled }:
                Check(settled.CostNanoTon, settled.Receipt);
                break;
            case ResumeAnswer { Interrupted: { } interrupted }:
                Check(interrupted.CostNanoTon, interrupted.Receipt);
                break;
            case ResumeAnswer { Unknown: not null }:
                job.ToldUnknown();
                break;
            default:
                Again();
                break;
        }
    }

    public void OnWritable()
    {
    }

    public void OnReset(LinkReason reason, string detail) => Again();

    public void OnLost(string why) => Again();

    private void Check(long cost, Receipt? receipt)
    {
        if (cost > job.CostMax().Value)
            book.Violated($"job {job.Id} was cancelled and cost {cost}, at most {job.CostMax()} was to be paid");
        if (cost > 0 && !client.Receipts.CheckJob(receipt, job.Id, out _))
            book.Violated($"job {job.Id} was cancelled, cost {cost} and has no valid receipt");
        book.LookedUp(job.Id, receipt);
    }

    private void Again() => client.After(TimeSpan.FromSeconds(2), new ClientEvent.LookUpDue(job));
}

/// <summary>A settled job that is sent once more under its number: nobody may work on it or charge for it again.</summary>
internal sealed class ResubmittedJob : IJobCallOwner
{
    private readonly ClientJob job;

    public ResubmittedJob(ClientJob job)
    {
        this.job = job;
        Call = job.CallAgain(this);
    }

    public JobCall Call { get; }

    public JobHeader Header() => job.HeaderWith(job.Order.Limit);

    public void OnAccepted(JobAccepted terms) => job.RanAgain();

    public void OnChunk(ReadOnlyMemory<byte> payload, in ChunkUsage usage) => job.RanAgain();

    public void OnInstalment(Receipt receipt, bool valid) => job.RanAgain();

    public void OnMoved(ICallConnection from, Moved moved)
    {
    }

    public bool OnDraining(ICallConnection from) => true;

    public void OnAdrift()
    {
    }

    public void OnEnd(JobCallEnd end)
    {
        if (end.Final is not null)
            job.RanAgain();
    }
}

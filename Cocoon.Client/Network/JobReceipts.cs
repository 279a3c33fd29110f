using Cocoon.Actors.Client;
using Cocoon.Client.Receipts;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.Receipts;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Client.Network;

/// <summary>What a job's receipt says, in the library's words, and the folder where receipts are kept.</summary>
internal sealed class JobReceipts(ReceiptKeeper keeper, ReceiptFolder? folder)
{
    /// <summary>Keeps a receipt that was just checked.</summary>
    public void Save(JobId job, JobReceipt receipt, ReadOnlyMemory<byte> request, Func<byte[]> answer)
    {
        if (folder is null)
            return;
        SavedReceipt saved = new() { JobId = job.ToString(), Receipt = receipt.Bytes, Verified = receipt.Verified };
        folder.Keep(folder.KeepsBodies ? saved with { Request = request, Answer = answer() } : saved);
    }

    /// <summary>A job of an earlier run, as its receipt tells it; its request and answer are not at hand to be hashed again.</summary>
    public JobResult Describe(JobId job, NanoTon cost, Receipt? receipt)
    {
        bool valid = keeper.CheckJob(receipt, job, out ReceiptLeaf? leaf);
        return new JobResult(
            job.ToString(),
            leaf?.Worker.ToString() ?? "",
            leaf?.Tier == Tier.Attested ? JobTier.Attested : JobTier.Open,
            leaf is null ? [] : [.. leaf.Usage.Select(priced => priced.Usage)],
            leaf?.Cost ?? cost,
            "",
            receipt is null ? null : new JobReceipt(receipt.ToByteArray(), valid));
    }
}

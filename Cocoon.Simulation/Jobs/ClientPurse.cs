using System.Buffers.Binary;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Simulation.Jobs;

/// <summary>
/// An API key that two gateways of one account spend from: either makes it, and gives it more when the ledger says that it is used up.
/// What the two spend together is the oracle's affair.
/// </summary>
internal sealed class ClientPurse
{
    /// <summary>What is added at a time, in nanoTON: a few jobs' worth, so that it is used up now and then.</summary>
    private const long Step = 100_000;

    private static readonly ByteString Id = ByteString.CopyFrom(BigEndian(7));
    private long budget = Step;
    private ulong queries;
    private bool isMade;

    /// <summary>The job, paid from the purse.</summary>
    public static JobOrder Pay(JobOrder order) => order with { Purse = Id };

    /// <summary>Says what the purse may spend, unless the ledger has agreed to it.</summary>
    public void Make(ClientSession connection)
    {
        if (!isMade)
            connection.Link.Send(0, FrameKind.PurseUpdate, new PurseUpdate { Query = ++queries, Purse = Id, BudgetNanoTon = budget }, end: false);
    }

    public void Take(PurseAnswer answer) => isMade = answer.Accepted && answer.Query == queries;

    /// <summary>A job was refused for the purse's sake.</summary>
    public void Refused(JobErrorCode code)
    {
        if (code == JobErrorCode.PurseBudget)
            budget += Step;
        isMade = false;
    }

    private static byte[] BigEndian(ulong number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }
}

using System.Buffers;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Protocol.Frames;

/// <summary>Which protobuf message is in the body of which kind of frame.</summary>
public static class FrameMessages
{
    private static readonly MessageParser?[] ByKind = Register();

    private static readonly MessageParser?[] ByStreamKind =
    [
        null, JobOpen.Parser, WorkOpen.Parser, ResumeOpen.Parser, EvidenceOpen.Parser,
    ];

    /// <summary>Whether this version knows a message of that kind.</summary>
    public static bool IsKnown(FrameKind kind) => (int)kind < ByKind.Length && ByKind[(int)kind] is not null;

    /// <summary>Whether this version knows streams of that kind.</summary>
    public static bool IsKnown(StreamKind kind) => (int)kind < ByStreamKind.Length && ByStreamKind[(int)kind] is not null;

    /// <summary>Parses the body of a known kind; false if it is not that message.</summary>
    public static bool TryParse(FrameKind kind, in ReadOnlySequence<byte> body, out IMessage message) =>
        TryParse(ByKind[(int)kind]!, body, out message);

    /// <summary>Parses the message that opens a stream of a known kind; false if it is not that message.</summary>
    public static bool TryParse(StreamKind kind, in ReadOnlySequence<byte> body, out IMessage message) =>
        TryParse(ByStreamKind[(int)kind]!, body, out message);

    private static bool TryParse(MessageParser parser, in ReadOnlySequence<byte> body, out IMessage message)
    {
        try
        {
            message = parser.ParseFrom(body);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null!;
            return false;
        }
    }

    private static MessageParser?[] Register()
    {
        MessageParser?[] parsers = new MessageParser?[128];
        parsers[(int)FrameKind.Hello] = Hello.Parser;
        parsers[(int)FrameKind.Welcome] = Welcome.Parser;
        parsers[(int)FrameKind.Proof] = Proof.Parser;
        parsers[(int)FrameKind.Close] = Close.Parser;
        parsers[(int)FrameKind.Drain] = V1.Drain.Parser;
        parsers[(int)FrameKind.Error] = Error.Parser;
        parsers[(int)FrameKind.Reset] = Reset.Parser;
        parsers[(int)FrameKind.WorkerOffer] = WorkerOffer.Parser;
        parsers[(int)FrameKind.SlotGrant] = SlotGrant.Parser;
        parsers[(int)FrameKind.SlotReturn] = SlotReturn.Parser;
        parsers[(int)FrameKind.EvidenceRequest] = EvidenceRequest.Parser;
        parsers[(int)FrameKind.EvidenceAnswer] = EvidenceAnswer.Parser;
        parsers[(int)FrameKind.CeilingUpdate] = CeilingUpdate.Parser;
        parsers[(int)FrameKind.CeilingAnswer] = CeilingAnswer.Parser;
        parsers[(int)FrameKind.BalanceQuery] = BalanceQuery.Parser;
        parsers[(int)FrameKind.Balance] = Balance.Parser;
        parsers[(int)FrameKind.PurseUpdate] = PurseUpdate.Parser;
        parsers[(int)FrameKind.PurseAnswer] = PurseAnswer.Parser;
        parsers[(int)FrameKind.SessionOpen] = SessionOpen.Parser;
        parsers[(int)FrameKind.SessionAnswer] = SessionAnswer.Parser;
        parsers[(int)FrameKind.ClusterMapQuery] = ClusterMapQuery.Parser;
        parsers[(int)FrameKind.ClusterMap] = ClusterMap.Parser;
        parsers[(int)FrameKind.Moved] = Moved.Parser;
        parsers[(int)FrameKind.ModelsQuery] = ModelsQuery.Parser;
        parsers[(int)FrameKind.Models] = V1.Models.Parser;
        parsers[(int)FrameKind.WorkReceipt] = WorkReceipt.Parser;
        parsers[(int)FrameKind.ReceiptQuery] = ReceiptQuery.Parser;
        parsers[(int)FrameKind.PriceListQuery] = PriceListQuery.Parser;
        parsers[(int)FrameKind.PriceList] = PriceList.Parser;
        parsers[(int)FrameKind.PurseQuery] = PurseQuery.Parser;
        parsers[(int)FrameKind.Purses] = V1.Purses.Parser;
        parsers[(int)FrameKind.NetworkQuery] = NetworkQuery.Parser;
        parsers[(int)FrameKind.NetworkState] = NetworkState.Parser;
        parsers[(int)FrameKind.WalletUpdate] = WalletUpdate.Parser;
        parsers[(int)FrameKind.WalletAnswer] = WalletAnswer.Parser;
        parsers[(int)FrameKind.Withdrawal] = Withdrawal.Parser;
        parsers[(int)FrameKind.WithdrawalAnswer] = WithdrawalAnswer.Parser;
        parsers[(int)FrameKind.EarningsQuery] = EarningsQuery.Parser;
        parsers[(int)FrameKind.Earnings] = Earnings.Parser;
        parsers[(int)FrameKind.JobAccepted] = JobAccepted.Parser;
        parsers[(int)FrameKind.JobFinal] = JobFinal.Parser;
        parsers[(int)FrameKind.JobError] = JobError.Parser;
        parsers[(int)FrameKind.Cancel] = Cancel.Parser;
        parsers[(int)FrameKind.Busy] = Busy.Parser;
        parsers[(int)FrameKind.Instalment] = Instalment.Parser;
        parsers[(int)FrameKind.ResumeAnswer] = ResumeAnswer.Parser;
        return parsers;
    }
}

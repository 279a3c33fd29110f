using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Worker;

/// <summary>What a <see cref="WorkerActor"/> hears.</summary>
public abstract record WorkerMessage
{
    private WorkerMessage()
    {
    }

    /// <summary>Take no new jobs, finish those that run, then answer.</summary>
    public sealed record Drain(ReplyTo<bool> Done) : WorkerMessage;

    /// <summary>Says how the worker is doing.</summary>
    public sealed record AskStatus(ReplyTo<WorkerStatus> ReplyTo) : WorkerMessage;

    internal sealed record CheckEngine : WorkerMessage;

    internal sealed record EngineChecked(EngineStatus? Status, string Problem) : WorkerMessage;

    internal sealed record AskPay : WorkerMessage;

    internal sealed record PayTold(ProxyLink Link, Earnings Pay) : WorkerMessage;

    internal sealed record Dial(int Proxy) : WorkerMessage;

    internal sealed record LinkReady(ProxyLink Link) : WorkerMessage;

    internal sealed record LinkClosed(ProxyLink Link, LinkEnd End) : WorkerMessage;

    internal sealed record AttemptArrived(ProxyLink Link, ActorRef<AttemptMessage> Attempt) : WorkerMessage;

    internal sealed record AnswerBegan(ProxyLink Link, WorkOpen Open) : WorkerMessage;

    internal sealed record AttemptEnded(
        ProxyLink Link, ActorRef<AttemptMessage> Actor, ByteString Claim, UsageAmount[] Usage, TimeSpan Time, bool LinkLost) : WorkerMessage;

    internal sealed record AskReceipts : WorkerMessage;

    internal sealed record ReceiptCame(ProxyLink Link, WorkReceipt Work) : WorkerMessage;

    internal sealed record SlotsReturned(ProxyLink Link, SlotReturn Return) : WorkerMessage;
}

/// <summary>How a worker is doing.</summary>
/// <param name="Models">What it serves.</param>
/// <param name="Running">Jobs running.</param>
/// <param name="Capacity">Most jobs at once.</param>
/// <param name="Proxies">Each proxy node, in the order of the settings.</param>
/// <param name="JobsDone">Jobs ended since the start.</param>
/// <param name="ReceiptsKept">Receipts that came since the start and hold.</param>
/// <param name="ReceiptsRefused">Receipts that did not hold, or were another worker's.</param>
/// <param name="Problem">Why it is idle, or empty.</param>
public sealed record WorkerStatus(
    IReadOnlyList<EngineModel> Models,
    int Running,
    int Capacity,
    IReadOnlyList<ProxyStatus> Proxies,
    long JobsDone,
    long ReceiptsKept,
    long ReceiptsRefused,
    string Problem)
{
    /// <summary>What each proxy said of the worker's pay, in the order of the settings; null: nothing yet.</summary>
    public IReadOnlyList<Earnings?> Pay { get; init; } = [];

    /// <summary>Jobs that ended here and whose receipt has not come yet.</summary>
    public int ReceiptsMissing { get; init; }

    /// <summary>Work since the start that was not paid, by reason.</summary>
    public IReadOnlyList<UnpaidTotal> Unpaid { get; init; } = [];
}

/// <summary>A worker's link to one proxy node.</summary>
/// <param name="Address">host:port.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Connected">Whether it is there now.</param>
/// <param name="LastEnd">Why the last link ended; empty before that.</param>
public sealed record ProxyStatus(string Address, PublicKey Operator, bool Connected, string LastEnd);

using Cocoon.Protocol.Money;

namespace Cocoon.Host.Configuration;

/// <summary>How workers are paid: section <c>treasury.payouts</c>.</summary>
/// <param name="Threshold">Earnings at which a worker is paid.</param>
/// <param name="Period">Age of earnings at which it is paid even so.</param>
/// <param name="Minimum">Least that is paid.</param>
/// <param name="Batch">Payouts in one request, 1 to 254.</param>
/// <param name="GatherPeriod">How long the first waits for others.</param>
/// <param name="AttemptPeriod">How often an undecided batch is sent again.</param>
/// <param name="RequestTimeout">V5R1: validity of a request.</param>
/// <param name="FeeLimit">Most that one payout may cost.</param>
/// <param name="DailyCap">Most that leaves in a day; null: no limit.</param>
/// <param name="Reserve">What stays in the wallet.</param>
/// <param name="SelfMessage">What a highload wallet's message to itself carries.</param>
/// <param name="AddressDelay">How long a new payout address waits.</param>
/// <param name="AnchorPeriod">How often heads are anchored; zero: never.</param>
/// <param name="Comment">Comment of a payout.</param>
internal sealed record TreasuryPayoutOptions(
    NanoTon Threshold,
    TimeSpan Period,
    NanoTon Minimum,
    int Batch,
    TimeSpan GatherPeriod,
    TimeSpan AttemptPeriod,
    TimeSpan RequestTimeout,
    NanoTon FeeLimit,
    NanoTon? DailyCap,
    NanoTon Reserve,
    NanoTon SelfMessage,
    TimeSpan AddressDelay,
    TimeSpan AnchorPeriod,
    string Comment)
{
    private const int CommentCharactersMax = 60;

    public static TreasuryPayoutOptions Read(SettingsReader settings)
    {
        NanoTon dailyCap = settings.Ton("daily-cap");
        string comment = settings.OptionalText("comment") ?? "";
        if (comment.Length > CommentCharactersMax)
            settings.Problem("comment", $"has {comment.Length} characters, but at most {CommentCharactersMax} keep a batch small");
        return new TreasuryPayoutOptions(
            Above(settings, "threshold"),
            settings.Duration("period", TimeSpan.Zero, TimeSpan.FromDays(366)),
            Above(settings, "minimum"),
            (int)settings.Integer("batch", 1, 254),
            settings.Duration("gather-period", TimeSpan.Zero, TimeSpan.FromHours(24)),
            settings.Duration("attempt-period", TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(10)),
            settings.Duration("request-timeout", TimeSpan.FromSeconds(60), TimeSpan.FromHours(1)),
            settings.Ton("fee-limit"),
            dailyCap == NanoTon.Zero ? null : dailyCap,
            settings.Ton("reserve"),
            Above(settings, "self-message"),
            settings.Duration("address-delay", TimeSpan.Zero, TimeSpan.FromDays(366)),
            settings.Duration("anchor-period", TimeSpan.Zero, TimeSpan.FromDays(366)),
            comment);
    }

    private static NanoTon Above(SettingsReader settings, string key)
    {
        NanoTon amount = settings.Ton(key);
        if (amount <= NanoTon.Zero)
            settings.Problem(key, "must be above zero");
        return amount;
    }
}

using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Host.Configuration;

/// <summary>A worker node: sections <c>worker</c> and <c>engine</c> beside the node's own.</summary>
/// <param name="Node">What every role needs.</param>
/// <param name="KeyFile">The worker's Ed25519 seed.</param>
/// <param name="PayoutAddress">The owner's TON address, signed by the worker's own key; or null.</param>
/// <param name="PayoutStatement">The file with what the owner signed elsewhere; or null.</param>
/// <param name="Explorer">Where people look at a transaction: a format with <c>{0}</c> for its hash.</param>
/// <param name="Coefficient">Price multiplier in thousandths, 1 to 1,000,000.</param>
/// <param name="Slots">Jobs at once over all proxies; 0: what the engine says.</param>
/// <param name="EarningsFolder">Where the receipts of what was earned are kept, or null.</param>
/// <param name="Operators">Whom to work for; may be empty (<c>cocoon worker join</c>).</param>
/// <param name="Engine">What runs the models.</param>
internal sealed record WorkerOptions(
    NodeOptions Node,
    string KeyFile,
    string? PayoutAddress,
    string? PayoutStatement,
    string Explorer,
    int Coefficient,
    int Slots,
    string? EarningsFolder,
    IReadOnlyList<OperatorOptions> Operators,
    EngineOptions Engine)
{
    /// <summary>Reads and checks the sections. Throws <see cref="ConfigurationException"/> with everything wrong.</summary>
    public static WorkerOptions Read(HoconObject tree)
    {
        SettingsReader root = new(tree);
        SettingsReader worker = root.Section("worker");
        WorkerOptions options = new(
            NodeOptions.Read(root),
            SettingsFiles.Path(worker, "key-file"),
            worker.OptionalText("payout-address"),
            SettingsFiles.OptionalPath(worker, "payout-statement"),
            worker.Text("explorer"),
            (int)worker.Integer("coefficient", 1, 1_000_000),
            (int)worker.Integer("slots", 0, 100_000),
            SettingsFiles.OptionalPath(worker, "earnings-folder"),
            [.. worker.Entries("operators").Select(entry => OperatorOptions.Read(entry.Name, entry.Settings))],
            EngineOptions.Read(root.Section("engine")));
        if (options.PayoutAddress is not null && options.PayoutStatement is not null)
            worker.Problem("payout-statement", "names where pay goes, and so does worker.payout-address: set only one of them");
        root.ThrowIfWrong();
        return options;
    }
}

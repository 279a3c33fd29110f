using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Host.Nodes;

/// <summary>
/// The worker's payout address as last signed, kept beside its key: an address that did not change is signed with the same number, so that a
/// restart is no change of address, which would have to wait.
/// </summary>
internal static class PayoutAddressFile
{
    private const string FileName = "payout-address.json";

    /// <summary>The owner's statements for some operators; none when no address is configured. Throws <see cref="IOException"/> for a wrong one.</summary>
    public static IReadOnlyDictionary<Scope, SignedStatement> Sign(string? address, IEnumerable<Scope> operators, ISigner owner, PublicKey worker, string dataFolder)
    {
        Dictionary<Scope, SignedStatement> statements = [];
        if (address is null)
            return statements;
        if (!WalletAddress.TryParse(address, out WalletAddress wallet))
            throw new IOException($"worker.payout-address '{address}' is not a TON address in its friendly form (48 characters, UQ... or EQ...)");
        long sequence = SequenceOf(wallet, Path.Combine(dataFolder, FileName));
        foreach (Scope scope in operators.Distinct())
        {
            PayoutAddress payout = new(scope, owner.PublicKey, worker, sequence, wallet.Workchain, wallet.Account);
            statements[scope] = Statements.Sign(owner, payout.ToStatement());
        }

        return statements;
    }

    private static long SequenceOf(WalletAddress wallet, string path)
    {
        string account = $"{wallet.Workchain}:{wallet.Account}";
        if (File.Exists(path) && Read(path) is { } known && string.Equals((string?)known["account"], account, StringComparison.Ordinal))
            return (long?)known["sequence"] ?? 0;
        long sequence = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        PrivateFiles.Replace(path, new JsonObject { ["account"] = account, ["sequence"] = sequence }.ToJsonString() + "\n");
        return sequence;
    }

    private static JsonObject? Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

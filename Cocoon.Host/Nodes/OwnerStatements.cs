using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Host.Nodes;

/// <summary>
/// What a worker needs an owner's signature for: the worker writes it, and it goes to the machine that has the owner's key. Nothing in it is
/// secret, and nothing in it says where pay goes.
/// </summary>
/// <param name="Network">The network's name.</param>
/// <param name="Worker">The worker's key.</param>
/// <param name="Operators">The operators it works for, by name.</param>
internal sealed record OwnerRequest(string Network, PublicKey Worker, IReadOnlyList<(string Name, PublicKey Key)> Operators)
{
    private const string Kind = "cocoon payout request";

    public JsonObject ToJson() => new()
    {
        ["kind"] = Kind,
        ["network"] = Network,
        ["worker"] = Worker.ToString(),
        ["operators"] = new JsonArray([.. Operators.Select(one => (JsonNode)new JsonObject { ["name"] = one.Name, ["key"] = one.Key.ToString() })]),
    };

    /// <summary>Throws <see cref="IOException"/> for a file that is none.</summary>
    public static OwnerRequest Read(string path) => OwnerStatements.Parse(path, Kind, "make it on the worker with 'cocoon worker owner ask'", json => new OwnerRequest(
        (string?)json["network"] ?? throw new FormatException("it names no network"),
        OwnerStatements.KeyOf(json["worker"]),
        [.. (json["operators"] as JsonArray ?? []).Select(one => ((string?)one!["name"] ?? "", OwnerStatements.KeyOf(one["key"])))]));
}

/// <summary>Where a worker's pay goes, as the owner signed it for each operator: a file with nothing secret in it.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Worker">The worker's key.</param>
/// <param name="Owner">The owner's key.</param>
/// <param name="Address">Where pay goes.</param>
/// <param name="Statements">The statement for each operator.</param>
internal sealed record OwnerStatements(string Network, PublicKey Worker, PublicKey Owner, WalletAddress Address, IReadOnlyList<SignedStatement> Statements)
{
    private const string Kind = "cocoon payout address";
    private const int BytesMax = 1 << 20;

    /// <summary>Signs for every operator of a request. A higher <paramref name="sequence"/> replaces a lower one.</summary>
    public static OwnerStatements Sign(OwnerRequest request, WalletAddress address, long sequence, ISigner owner)
    {
        NetworkId network = NetworkId.Of(request.Network);
        SignedStatement[] signed = [.. request.Operators.Select(one =>
        {
            Scope scope = new(network, one.Key);
            PayoutAddress payout = new(scope, owner.PublicKey, request.Worker, sequence, address.Workchain, address.Account);
            return Protocol.Identity.Statements.Sign(owner, payout.ToStatement());
        })];
        return new OwnerStatements(request.Network, request.Worker, owner.PublicKey, address, signed);
    }

    /// <summary>Throws <see cref="IOException"/> for a file that is none.</summary>
    public static OwnerStatements Read(string path) => Parse(path, Kind, "make it with 'cocoon worker owner sign'", json => new OwnerStatements(
        (string?)json["network"] ?? "",
        KeyOf(json["worker"]),
        KeyOf(json["owner"]),
        WalletAddress.TryParse((string?)json["address"] ?? "", out WalletAddress address) ? address : throw new FormatException("its address is none"),
        [.. (json["statements"] as JsonArray ?? []).Select(one => new SignedStatement
        {
            Statement = ByteString.FromBase64((string?)one!["statement"] ?? ""),
            Signature = ByteString.FromBase64((string?)one["signature"] ?? ""),
        })]));

    public JsonObject ToJson() => new()
    {
        ["kind"] = Kind,
        ["network"] = Network,
        ["worker"] = Worker.ToString(),
        ["owner"] = Owner.ToString(),
        ["address"] = Address.ToString(),
        ["statements"] = new JsonArray([.. Statements.Select(one => (JsonNode)new JsonObject
        {
            ["statement"] = one.Statement.ToBase64(),
            ["signature"] = one.Signature.ToBase64(),
        })]),
    };

    /// <summary>The statements for a worker's operators, each checked. Throws <see cref="IOException"/> when one is missing or not right.</summary>
    public (PublicKey Owner, IReadOnlyDictionary<Scope, SignedStatement> Payouts) For(
        PublicKey worker, IReadOnlyList<Scope> operators, ISignatureVerifier verifier)
    {
        const string again = "ask and sign again with 'cocoon worker owner'";
        if (Worker != worker)
            throw new IOException($"worker.payout-statement was signed for worker {Worker}, this one is {worker}: {again}");
        Dictionary<Scope, SignedStatement> payouts = [];
        foreach (Scope scope in operators)
        {
            payouts[scope] = Statements.FirstOrDefault(one => IsFor(one, scope, verifier))
                ?? throw new IOException($"worker.payout-statement has nothing that owner {Owner} signed for operator {scope.Operator}: {again}");
        }

        return (Owner, payouts);
    }

    private bool IsFor(SignedStatement one, Scope scope, ISignatureVerifier verifier) =>
        PayoutAddress.TryVerify(one, scope, Worker, verifier, out PayoutAddress payout)
        && payout.Owner == Owner && payout.Workchain == Address.Workchain && payout.Address == Address.Account;

    internal static T Parse<T>(string path, string kind, string cure, Func<JsonObject, T> read)
    {
        try
        {
            if (new FileInfo(path).Length > BytesMax)
                throw new FormatException("it is larger than such a file can be");
            JsonObject json = JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new FormatException("it is not a JSON object");
            return (string?)json["kind"] == kind ? read(json) : throw new FormatException($"its kind is '{json["kind"]}'");
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            throw new IOException($"{path} is no {kind}: {PrivateFiles.Explain(fault)}; {cure}", fault);
        }
    }

    internal static PublicKey KeyOf(JsonNode? node) =>
        Bytes32.TryParseHex((string?)node, out Bytes32 key) ? new PublicKey(key) : throw new FormatException($"'{node}' is no key: that is 64 hexadecimal digits");
}

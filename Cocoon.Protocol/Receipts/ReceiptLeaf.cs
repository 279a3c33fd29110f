using System.Text;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Receipts;

/// <summary>What a receipt stands for.</summary>
public enum ReceiptKind : byte
{
    /// <summary>No kind.</summary>
    None = 0,

    /// <summary>The job ended.</summary>
    Final = 1,

    /// <summary>Settled so far; more may come.</summary>
    Instalment = 2,

    /// <summary>The job failed or was cancelled after its first chunk.</summary>
    Partial = 3,

    /// <summary>
    /// The worker lost a hedge: it is paid for the prompt by the operator, who bears the cost; the client pays nothing for it. Hashes are zero.
    /// </summary>
    Hedge = 4,
}

/// <summary>An amount of usage and what a million units of it cost.</summary>
/// <param name="Usage">Class and amount.</param>
/// <param name="NanoTonPerMillion">The price that was locked at admission.</param>
public readonly record struct PricedUsage(UsageAmount Usage, long NanoTonPerMillion);

/// <summary>
/// One settled job or instalment, as both sides keep it. Layout: tag, network, operator, account (32), session (8), number (8), instalment
/// (4), kind (1), tier (1), settled at (8), worker key (32), cost to the client (8), paid to the worker (8), request hash (32), answer hash
/// (32), model (length 1, UTF-8), usage (count 1; class 2, amount 8, price 8 each), evidence (count 1; id 32 each).
/// </summary>
public sealed record ReceiptLeaf
{
    /// <summary>Most bytes of a leaf.</summary>
    public const int MaxLength = FixedLength + 255 + 1 + 255 * 18 + 1 + 255 * Bytes32.Length;

    private const int FixedLength = 4 + 2 * Bytes32.Length + Bytes32.Length + 8 + 8 + 4 + 1 + 1 + 8 + Bytes32.Length + 8 + 8 + 2 * Bytes32.Length + 1;

    /// <summary>Network and operator.</summary>
    public required Scope Scope { get; init; }

    /// <summary>Who paid.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The job's session.</summary>
    public required long Session { get; init; }

    /// <summary>The job's number in its session.</summary>
    public required long Number { get; init; }

    /// <summary>Which instalment, 1 and up; usage and cost are cumulative.</summary>
    public required int Instalment { get; init; }

    /// <summary>What it stands for.</summary>
    public required ReceiptKind Kind { get; init; }

    /// <summary>The trust tier that ran it.</summary>
    public required Tier Tier { get; init; }

    /// <summary>When it was settled, by the node's clock.</summary>
    public required long SettledUnixSeconds { get; init; }

    /// <summary>The worker that ran it.</summary>
    public required PublicKey Worker { get; init; }

    /// <summary>What the client paid in all.</summary>
    public required NanoTon Cost { get; init; }

    /// <summary>What of it the worker gets.</summary>
    public required NanoTon WorkerShare { get; init; }

    /// <summary><see cref="RelayedHash"/> of the request as relayed.</summary>
    public required Bytes32 RequestHash { get; init; }

    /// <summary><see cref="RelayedHash"/> of the answer as relayed.</summary>
    public required Bytes32 AnswerHash { get; init; }

    /// <summary>The model; at most 255 bytes of UTF-8.</summary>
    public required string Model { get; init; }

    /// <summary>Usage by class and its price; at most 255.</summary>
    public required IReadOnlyList<PricedUsage> Usage { get; init; }

    /// <summary>Evidence that the worker had shown; at most 255.</summary>
    public required IReadOnlyList<Bytes32> Evidence { get; init; }

    /// <summary>The bytes of the leaf. Throws <see cref="ArgumentException"/> when a list or the model's name is too long.</summary>
    public byte[] ToBytes()
    {
        byte[] model = Encoding.UTF8.GetBytes(Model);
        if (model.Length > 255 || Usage.Count > 255 || Evidence.Count > 255)
            throw new ArgumentException($"a receipt holds 255 bytes of model name, 255 usages and 255 evidence ids, got {model.Length}, {Usage.Count} and {Evidence.Count}");
        byte[] bytes = new byte[FixedLength + model.Length + 1 + Usage.Count * 18 + 1 + Evidence.Count * Bytes32.Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.ReceiptLeaf, Scope);
        writer.Key(Account.Value);
        writer.NotNegative(Session);
        writer.NotNegative(Number);
        writer.UInt32((uint)Instalment);
        writer.Byte((byte)Kind);
        writer.Byte((byte)Tier);
        writer.NotNegative(SettledUnixSeconds);
        writer.Key(Worker.Value);
        writer.NotNegative(Cost.Value);
        writer.NotNegative(WorkerShare.Value);
        writer.Key(RequestHash);
        writer.Key(AnswerHash);
        writer.Byte((byte)model.Length);
        writer.Bytes(model);
        writer.Byte((byte)Usage.Count);
        foreach (PricedUsage priced in Usage)
        {
            writer.UInt16((ushort)priced.Usage.Class);
            writer.NotNegative(priced.Usage.Amount);
            writer.NotNegative(priced.NanoTonPerMillion);
        }

        writer.Byte((byte)Evidence.Count);
        foreach (Bytes32 evidence in Evidence)
            writer.Key(evidence);
        return bytes;
    }

    /// <summary>Reads a leaf; false if the bytes are anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReceiptLeaf leaf)
    {
        StatementReader reader = new(bytes);
        bool isOne = reader.Head(StatementTag.ReceiptLeaf, out Scope scope);
        leaf = new ReceiptLeaf
        {
            Scope = scope,
            Account = new AccountId(reader.Key()),
            Session = reader.NotNegative(),
            Number = reader.NotNegative(),
            Instalment = (int)reader.UInt32(),
            Kind = (ReceiptKind)reader.Byte(),
            Tier = (Tier)reader.Byte(),
            SettledUnixSeconds = reader.NotNegative(),
            Worker = new PublicKey(reader.Key()),
            Cost = new NanoTon(reader.NotNegative()),
            WorkerShare = new NanoTon(reader.NotNegative()),
            RequestHash = reader.Key(),
            AnswerHash = reader.Key(),
            Model = Encoding.UTF8.GetString(reader.Take(reader.Byte())),
            Usage = ReadUsage(ref reader),
            Evidence = ReadEvidence(ref reader),
        };
        return isOne && reader.Complete && leaf.Kind is >= ReceiptKind.Final and <= ReceiptKind.Hedge && leaf.Instalment >= 0;
    }

    private static PricedUsage[] ReadUsage(ref StatementReader reader)
    {
        PricedUsage[] usage = new PricedUsage[reader.Byte()];
        for (int i = 0; i < usage.Length; i++)
            usage[i] = new PricedUsage(new UsageAmount((UsageClass)reader.UInt16(), reader.NotNegative()), reader.NotNegative());
        return usage;
    }

    private static Bytes32[] ReadEvidence(ref StatementReader reader)
    {
        Bytes32[] evidence = new Bytes32[reader.Byte()];
        for (int i = 0; i < evidence.Length; i++)
            evidence[i] = reader.Key();
        return evidence;
    }
}

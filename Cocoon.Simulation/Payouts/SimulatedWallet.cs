using System.Buffers.Binary;
using System.Security.Cryptography;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Simulation.Payouts;

/// <summary>One of the operator's wallets on the simulated chain: its contract's rules, its coins, and everything that happened in it.</summary>
internal sealed class SimulatedWallet(int number, TreasuryWallet description)
{
    private readonly List<(WalletTransaction Transaction, long Block)> history = [];
    private readonly List<(long Block, NanoTon Balance, long Sequence)> states = [];
    private readonly HashSet<long> used = [];

    public int Number => number;

    public TreasuryWallet Description => description;

    public bool IsHighload => description.Kind == TreasuryWalletKind.HighloadV3;

    public NanoTon Balance { get; private set; }

    public long Sequence { get; private set; }

    /// <summary>Requests that it ran.</summary>
    public int RequestCount => used.Count;

    public ChainPoint? Last => history.Count == 0 ? null : history[^1].Transaction.Point;

    /// <summary>The contract's exit code for a request at a time; 0: it runs.</summary>
    public int ExitCodeOf(BatchRequest request, long now)
    {
        if (!IsHighload)
            return request.Sequence != Sequence ? 133 : now > request.CreatedAtUnixSeconds + description.TimeoutSeconds ? 136 : 0;
        bool isValid = request.CreatedAtUnixSeconds <= now && request.CreatedAtUnixSeconds > now - description.TimeoutSeconds;
        return !isValid ? 35 : used.Contains(request.Sequence) ? 36 : 0;
    }

    /// <summary>The last second in which the contract runs a request.</summary>
    public long LastValid(BatchRequest request) => request.CreatedAtUnixSeconds + description.TimeoutSeconds - (IsHighload ? 1 : 0);

    /// <summary>The request's number is used up.</summary>
    public void Use(BatchRequest request)
    {
        used.Add(request.Sequence);
        if (!IsHighload)
            Sequence++;
    }

    /// <summary>Enters a transaction: coins come, coins go, and the chain takes its part.</summary>
    public void Add(long block, long unixSeconds, long logicalTime, IncomingMessage incoming, IReadOnlyList<SentMessage> sent, NanoTon cost, int exitCode = 0)
    {
        NanoTon received = incoming switch
        {
            TransferReceived transfer => transfer.Amount,
            BatchReceived batch => batch.Amount,
            _ => NanoTon.Zero,
        };
        // The chain takes no more than there is.
        cost = NanoTon.Min(cost, Balance + received);
        Balance = Balance + received - cost;
        foreach (SentMessage message in sent)
            Balance -= message.Amount;
        WalletTransaction transaction = new(
            new ChainPoint(logicalTime, HashOf(number, logicalTime)), Last, unixSeconds, incoming, sent, cost, exitCode == 0, exitCode);
        history.Add((transaction, block));
        states.Add((block, Balance, Sequence));
    }

    /// <summary>What a server that knows the chain up to <paramref name="block"/> says happened after <paramref name="after"/>; null: it is behind that.</summary>
    public WalletReading? Read(long block, long unixSeconds, ChainPoint? after)
    {
        int end = history.Count;
        while (end > 0 && history[end - 1].Block > block)
            end--;
        if (after is { } known && (end == 0 || history[end - 1].Transaction.Point.LogicalTime < known.LogicalTime))
            return null;
        int first = end;
        while (first > 0 && history[first - 1].Transaction.Point.LogicalTime > (after?.LogicalTime ?? 0))
            first--;
        if (after is { } cursor && history[first - 1].Transaction.Point != cursor)
            throw new TreasuryContradictionException($"wallet {number} does not have transaction {cursor.LogicalTime}");
        (_, NanoTon balance, long sequence) = end == 0 ? default : states[end - 1];
        return new WalletReading(true, balance, sequence, unixSeconds, [.. history[first..end].Select(entry => entry.Transaction)]);
    }

    private static Bytes32 HashOf(int wallet, long logicalTime)
    {
        Span<byte> bytes = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(bytes, wallet);
        BinaryPrimitives.WriteInt64BigEndian(bytes[4..], logicalTime);
        Bytes32 hash = default;
        SHA256.HashData(bytes, hash);
        return hash;
    }
}

using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Payouts;

/// <summary>Wallets whose transactions a test writes, and which remember what they were asked to send. Safe from any thread.</summary>
internal sealed class ScriptedTreasury(params TreasuryWallet[] wallets) : ITreasuryChain
{
    private readonly Lock gate = new();
    private readonly List<WalletTransaction>[] history = [.. wallets.Select(_ => new List<WalletTransaction>())];
    private readonly List<(BatchRequest Request, PreparedBatch Batch)> prepared = [];
    private readonly List<byte[]> sent = [];

    public IReadOnlyList<TreasuryWallet> Wallets => wallets;

    public long Time { get; set; } = 1_800_000_000;

    public NanoTon Balance { get; set; } = new(1_000 * NanoTon.PerTon);

    public BatchFees Fees { get; set; } = new(new NanoTon(5_000_000), new NanoTon(1_000_000));

    public bool IsReachable { get; set; } = true;

    public (BatchRequest Request, PreparedBatch Batch)? Newest
    {
        get
        {
            lock (gate)
                return prepared.Count == 0 ? null : prepared[^1];
        }
    }

    public int PreparedCount
    {
        get
        {
            lock (gate)
                return prepared.Count;
        }
    }

    public IReadOnlyList<byte[]> Sent
    {
        get
        {
            lock (gate)
                return [.. sent];
        }
    }

    public Bytes32 Add(int wallet, IncomingMessage incoming, SentMessage[]? outgoing = null, long cost = 0, int exitCode = 0)
    {
        lock (gate)
        {
            List<WalletTransaction> list = history[wallet];
            ChainPoint point = new((list.Count + 1) * 1_000, Hash($"{wallet} {list.Count}"));
            list.Add(new WalletTransaction(
                point, list.Count == 0 ? null : list[^1].Point, ++Time, incoming, outgoing ?? [], new NanoTon(cost), exitCode == 0, exitCode));
            return point.Hash;
        }
    }

    public Bytes32 Deposit(WalletAddress sender, long amount, string comment = "", bool isBounced = false, bool isJetton = false, int wallet = 0)
        => Add(wallet, new TransferReceived(sender, new NanoTon(amount), comment, isBounced, isJetton), cost: Math.Min(amount, 1_000));

    /// <summary>The wallet runs the newest batch; <paramref name="pays"/> alters what it sends.</summary>
    public Bytes32 RunNewest(int wallet = 0, Func<SentMessage[], SentMessage[]>? pays = null)
    {
        (BatchRequest request, PreparedBatch batch) = Newest!.Value;
        SentMessage[] messages = [.. request.Payouts.Select((payout, i) => new SentMessage(
            payout.Destination, payout.Amount, Hash($"message {request.Sequence} {i}"), payout.Comment))];
        messages = pays?.Invoke(messages) ?? messages;
        RequestReceived received = new(batch.BodyHash, request.Sequence, request.CreatedAtUnixSeconds);
        if (wallets[wallet].Kind == TreasuryWalletKind.V5R1)
            return Add(wallet, received, messages, cost: 3_000_000);
        SentMessage self = new(wallets[wallet].Address, request.SelfMessageValue, Hash("self"), string.Empty);
        Add(wallet, received, [self], cost: 2_000_000);
        return Add(wallet, new BatchReceived(request.Sequence, request.SelfMessageValue), messages, cost: 1_000_000, exitCode: messages.Length == 0 ? 37 : 0);
    }

    public ValueTask<WalletReading> ReadAsync(int wallet, ChainPoint? after, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (!IsReachable)
                throw new TreasuryUnavailableException("scripted");
            return new(new WalletReading(
                true, Balance, 7, Time, [.. history[wallet].Where(known => known.Point.LogicalTime > (after?.LogicalTime ?? 0))]));
        }
    }

    public ValueTask<BatchFees> EstimateFeesAsync(int wallet, CancellationToken cancellation) => new(Fees);

    public PreparedBatch Prepare(int wallet, BatchRequest request)
    {
        lock (gate)
        {
            string text = $"{request.Sequence} {request.CreatedAtUnixSeconds} {string.Join(',', request.Payouts)} {request.AnchorComment}";
            PreparedBatch batch = new(Hash(text), Encoding.UTF8.GetBytes(text));
            prepared.Add((request, batch));
            return batch;
        }
    }

    public ValueTask<BatchSendAnswer> SendAsync(int wallet, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        lock (gate)
            sent.Add(message.ToArray());
        return new(new BatchSendAnswer(BatchSendVerdict.Accepted, null, string.Empty));
    }

    public static Bytes32 Hash(string text)
    {
        Bytes32 hash = default;
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return hash;
    }
}

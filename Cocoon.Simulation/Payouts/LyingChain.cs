using Cocoon.Actors.Ports;

namespace Cocoon.Simulation.Payouts;

/// <summary>A way to the chain with one of the deliberate mistakes. What it remembers of signed batches dies with its node, as an actor's memory does.</summary>
internal sealed class LyingChain(ITreasuryChain chain, PayoutBugs bug) : ITreasuryChain
{
    private readonly Dictionary<(int Wallet, long Sequence), (PreparedBatch Batch, long CreatedAt)> signed = [];

    public IReadOnlyList<TreasuryWallet> Wallets => chain.Wallets;

    public static ITreasuryChain Wrap(ITreasuryChain chain, PayoutBugs bug) => bug == PayoutBugs.None ? chain : new LyingChain(chain, bug);

    public async ValueTask<WalletReading> ReadAsync(int wallet, ChainPoint? after, CancellationToken cancellation)
    {
        WalletReading reading = await chain.ReadAsync(wallet, after, cancellation);
        if (bug == PayoutBugs.TimeReadAfterTheScan)
        {
            WalletReading later = await chain.ReadAsync(wallet, after, cancellation);
            return reading with { ChainTimeUnixSeconds = Math.Max(reading.ChainTimeUnixSeconds, later.ChainTimeUnixSeconds) };
        }

        return bug == PayoutBugs.MatchedByNumberAlone
            ? reading with { Transactions = [.. reading.Transactions.Select(transaction => Mistake(wallet, transaction))] }
            : reading;
    }

    public ValueTask<BatchFees> EstimateFeesAsync(int wallet, CancellationToken cancellation) => chain.EstimateFeesAsync(wallet, cancellation);

    public PreparedBatch Prepare(int wallet, BatchRequest request)
    {
        PreparedBatch batch = chain.Prepare(wallet, request);
        signed[(wallet, request.Sequence)] = (batch, request.CreatedAtUnixSeconds);
        if (bug == PayoutBugs.SentBeforeDurable)
            _ = SendEarlyAsync(wallet, batch);
        return batch;
    }

    public ValueTask<BatchSendAnswer> SendAsync(int wallet, ReadOnlyMemory<byte> message, CancellationToken cancellation)
        => chain.SendAsync(wallet, message, cancellation);

    private async Task SendEarlyAsync(int wallet, PreparedBatch batch)
    {
        try
        {
            await chain.SendAsync(wallet, batch.Message, CancellationToken.None);
        }
        catch (TreasuryUnavailableException)
        {
            // As lost as any other.
        }
    }

    private WalletTransaction Mistake(int wallet, WalletTransaction transaction) =>
        transaction.Incoming is RequestReceived request && signed.TryGetValue((wallet, request.Sequence), out (PreparedBatch Batch, long CreatedAt) ours)
            ? transaction with { Incoming = request with { BodyHash = ours.Batch.BodyHash, CreatedAtUnixSeconds = ours.CreatedAt } }
            : transaction;
}

using Cocoon.Actors.Ports;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Treasury;

/// <summary>The operator's wallets on the TON chain, reached through <see cref="ITonChain"/>.</summary>
/// <param name="chain">The chain; not owned.</param>
/// <param name="networkId">The network that the servers must belong to: -239 for the main network, -3 for the test network.</param>
/// <param name="wallets">The wallets in the journal's order; not owned.</param>
/// <param name="time">For how long prices are remembered.</param>
internal sealed class TonTreasuryChain(ITonChain chain, int networkId, IReadOnlyList<OpenWallet> wallets, TimeProvider time) : ITreasuryChain
{
    private const int NetworkParameter = 19;
    private const int TransactionsMax = 200_000;
    private static readonly TimeSpan PricesLifetime = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private bool isNetworkChecked;
    private (ChainPrices Prices, long Timestamp)? known;

    public IReadOnlyList<TreasuryWallet> Wallets { get; } = [.. wallets.Select(wallet => wallet.Description)];

    public async ValueTask<WalletReading> ReadAsync(int wallet, ChainPoint? after, CancellationToken cancellation)
    {
        TreasuryWallet description = Wallets[wallet];
        TransactionId? cursor = after is { } point ? new TransactionId((ulong)point.LogicalTime, point.Hash.ToBits256()) : null;
        return await GuardAsync(async () =>
        {
            await CheckNetworkAsync(cancellation);
            AccountHistory history = await AccountHistory.ReadAsync(chain, wallets[wallet].Contract.Address, cursor, TransactionsMax, cancellation);
            AccountSnapshot account = history.Account;
            return new WalletReading(
                account.Status == AccountStatus.Active,
                account.Balance.ToNanoTon(),
                SequenceOf(description, account),
                account.ChainTime,
                [.. history.Transactions.Select(transaction => WalletTransactions.Read(transaction, description))]);
        });
    }

    public async ValueTask<BatchFees> EstimateFeesAsync(int wallet, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (known is { } recent && time.GetElapsedTime(recent.Timestamp) < PricesLifetime)
                return recent.Prices.ToBatchFees();
        }

        ChainPrices prices = await GuardAsync(async () => ChainPrices.Read(
            await chain.GetConfigParameterAsync(ChainPrices.GasParameter, cancellation),
            await chain.GetConfigParameterAsync(ChainPrices.ForwardParameter, cancellation)));
        lock (gate)
            known = (prices, time.GetTimestamp());
        return prices.ToBatchFees();
    }

    public PreparedBatch Prepare(int wallet, BatchRequest request)
    {
        OpenWallet paying = wallets[wallet];
        return paying.Key is { } key
            ? BatchBuilder.Build(paying.Contract, paying.Description.TimeoutSeconds, key, request)
            : throw new InvalidOperationException($"wallet {wallet} ({paying.Description.Address}) is only watched: its key is not here");
    }

    public async ValueTask<BatchSendAnswer> SendAsync(int wallet, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        try
        {
            SendResult result = await chain.SendAsync(Cell.FromBoc(message.Span), cancellation);
            return result.Verdict switch
            {
                SendVerdict.Accepted => new BatchSendAnswer(BatchSendVerdict.Accepted, null, ""),
                SendVerdict.Busy => new BatchSendAnswer(BatchSendVerdict.Busy, null, result.Detail),
                _ => new BatchSendAnswer(BatchSendVerdict.Refused, result.ExitCode, result.Detail),
            };
        }
        catch (Exception fault) when (fault is ChainUnavailableException or ChainRequestException)
        {
            return new BatchSendAnswer(BatchSendVerdict.Unknown, null, fault.Message);
        }
    }

    /// <summary>Asked once, before the first reading: another network's history would contradict the books at best.</summary>
    private async Task CheckNetworkAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            if (isNetworkChecked)
                return;
        }

        Cell parameter = await chain.GetConfigParameterAsync(NetworkParameter, cancellation);
        int found = (int)parameter.BeginParse().LoadInt(32);
        if (found != networkId)
        {
            throw new TreasuryContradictionException(
                $"the servers of treasury.endpoints are of the network {NameOf(found)}, the wallets of {NameOf(networkId)}: mend treasury.network or the endpoints");
        }

        lock (gate)
            isNetworkChecked = true;
    }

    private static string NameOf(int network) => network switch
    {
        WalletV5R1.Mainnet => "mainnet (-239)",
        WalletV5R1.Testnet => "testnet (-3)",
        _ => $"{network}, which is neither mainnet (-239) nor testnet (-3)",
    };

    /// <summary>V5R1 keeps it behind the bit that allows signatures.</summary>
    private static long SequenceOf(TreasuryWallet wallet, AccountSnapshot account)
    {
        if (wallet.Kind != TreasuryWalletKind.V5R1 || account.Data is not { } data)
            return 0;
        Slice slice = data.BeginParse();
        slice.LoadBit();
        return slice.LoadUInt32();
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ChainRolledBackException fault)
        {
            throw new TreasuryContradictionException(fault.Message, fault);
        }
        catch (Exception fault) when (fault is ChainUnavailableException or ChainRequestException or TonFormatException or CellUnderflowException)
        {
            throw new TreasuryUnavailableException(fault.Message, fault);
        }
    }
}

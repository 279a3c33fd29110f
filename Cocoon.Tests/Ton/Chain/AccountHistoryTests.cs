using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Ton.Chain;

public sealed class AccountHistoryTests
{
    // Two transactions of one account that follow each other, made by the real executor.
    private static readonly Transaction[] Known = Consecutive();

    private static Address Account => new(0, Known[0].AccountId);

    [Fact]
    public async Task TheOldestComesFirstAndTheKnownOneIsLeftOut()
    {
        FakeChain chain = new() { Last = Id(Known[1]), Pages = from => from == Id(Known[1]) ? [Known[1], Known[0]] : [] };
        AccountHistory history = await AccountHistory.ReadAsync(chain, Account, Id(Known[0]));
        Assert.Equal(Known[1].Hash, Assert.Single(history.Transactions).Hash);
    }

    [Fact]
    public async Task NothingIsAskedForWhenNothingIsNew()
    {
        FakeChain chain = new() { Last = Id(Known[1]), Pages = _ => throw new InvalidOperationException("asked") };
        Assert.Empty((await AccountHistory.ReadAsync(chain, Account, Id(Known[1]))).Transactions);
    }

    [Fact]
    public async Task AnEndpointThatLagsBehindIsNoRollback()
    {
        await Assert.ThrowsAsync<ChainUnavailableException>(
            () => AccountHistory.ReadAsync(new FakeChain { Last = Id(Known[0]) }, Account, Id(Known[1])));
        await Assert.ThrowsAsync<ChainUnavailableException>(() => AccountHistory.ReadAsync(new FakeChain(), Account, Id(Known[1])));
    }

    [Fact]
    public async Task AHistoryThatLeadsPastTheKnownTransactionIsARollback()
    {
        TransactionId forged = Id(Known[0]) with { Hash = default };
        FakeChain chain = new() { Last = Id(Known[1]), Pages = _ => [Known[1], Known[0]] };
        await Assert.ThrowsAsync<ChainRolledBackException>(() => AccountHistory.ReadAsync(chain, Account, forged));
        TransactionId between = new(Known[0].Lt + 1, default);
        await Assert.ThrowsAsync<ChainRolledBackException>(() => AccountHistory.ReadAsync(chain, Account, between));
    }

    [Fact]
    public async Task AnEndpointCannotLeaveOutOrInventATransaction()
    {
        FakeChain leavesOut = new() { Last = Id(Known[1]), Pages = _ => [Known[0]] };
        await Assert.ThrowsAsync<ChainUnavailableException>(() => AccountHistory.ReadAsync(leavesOut, Account, null));
        FakeChain invents = new() { Last = Id(Known[1]), Pages = _ => [Known[1], Known[1]] };
        await Assert.ThrowsAsync<ChainUnavailableException>(() => AccountHistory.ReadAsync(invents, Account, null));
        FakeChain keepsSilent = new() { Last = Id(Known[1]), Pages = _ => [] };
        await Assert.ThrowsAsync<ChainUnavailableException>(() => AccountHistory.ReadAsync(keepsSilent, Account, null));
    }

    [Fact]
    public async Task ATooLongHistoryIsNotReadHalf()
    {
        FakeChain chain = new() { Last = Id(Known[1]), Pages = _ => [Known[1], Known[0]] };
        await Assert.ThrowsAsync<ChainUnavailableException>(
            () => AccountHistory.ReadAsync(chain, Account, null, transactionsMax: 1));
    }

    private static TransactionId Id(Transaction transaction) => new(transaction.Lt, transaction.Hash);

    private static Transaction[] Consecutive()
    {
        Transaction[] all =
            [.. TonVectors.Section("transactions", 25).Select((JsonElement vector) => Transaction.FromCell(Cell.FromBase64(vector.Text("boc"))))];
        Transaction later = all.First(candidate => Array.Exists(all, other => other.Hash == candidate.PreviousHash));
        return [all.First(other => other.Hash == later.PreviousHash), later];
    }

    private sealed class FakeChain : ITonChain
    {
        public TransactionId? Last { get; init; }

        public Func<TransactionId?, IReadOnlyList<Transaction>> Pages { get; init; } = _ => [];

        public ChainState State => new(true, default, null, []);

        public event Action<ChainState>? StateChanged
        {
            add { }
            remove { }
        }

        public Task<AccountSnapshot> GetAccountAsync(Address address, CancellationToken cancellation = default) =>
            Task.FromResult(new AccountSnapshot(address, AccountStatus.Active, Coins.Zero, Last, 1_760_000_000));

        public Task<IReadOnlyList<Transaction>> GetTransactionsAsync(
            Address address, TransactionId? from = null, int limit = 20, CancellationToken cancellation = default) => Task.FromResult(Pages(from));

        public Task<uint> GetMasterchainSeqnoAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<GetMethodResult> RunGetMethodAsync(
            Address address, string method, IReadOnlyList<StackItem>? stack = null, CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<SendResult> SendAsync(Cell message, CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<FeeEstimate> EstimateFeeAsync(Message message, CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<Cell> GetConfigParameterAsync(int parameter, CancellationToken cancellation = default) => throw new NotSupportedException();
    }
}

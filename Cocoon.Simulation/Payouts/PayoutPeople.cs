using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Ports;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Jobs;
using Cocoon.Simulation.Network;
using Cocoon.Simulation.Storage;
using Cocoon.Simulation.Worlds;
using Google.Protobuf;

namespace Cocoon.Simulation.Payouts;

/// <summary>Everybody who is owed money, and what is really theirs, whatever the ledger says.</summary>
internal sealed class PayoutPeople(
    World world, SimulatedChain chain, PayoutFacts facts, TreasuryOperator @operator, PayoutOptions payouts, SeededRandom chance)
{
    private const int WorkerCount = 4;
    private const int ClientCount = 3;
    private static readonly WalletAddress OperatorAddress = AddressOf("operator", 0);
    private static readonly SessionId Session = SessionId.Open(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), 7);
    private static readonly SimulatedSigner Payer = SimulatedSigner.Of("payer", 0);
    private readonly long[] requests = new long[ClientCount];
    private readonly long[] deposited = new long[ClientCount];
    private long jobs;
    private bool resting;

    /// <summary>What an address may receive at most: all that was ever earned, withdrawn or to be sent back.</summary>
    public Dictionary<WalletAddress, NanoTon> Owed { get; } = [];

    /// <summary>What each address received.</summary>
    public Dictionary<WalletAddress, NanoTon> Received { get; } = [];

    public long Deliveries { get; private set; }

    public static IEnumerable<int> Workers => Enumerable.Range(0, WorkerCount);

    public static IEnumerable<int> Clients => Enumerable.Range(0, ClientCount);

    public static WalletAddress AddressOf(string kind, int number)
    {
        Bytes32 account = default;
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind} {number}")), account);
        return new WalletAddress(0, account);
    }

    public static PublicKey WorkerKey(int number) => SimulatedSigner.Of("worker", number).PublicKey;

    public static AccountId ClientAccount(int number) => AccountId.Of(SimulatedSigner.Of("client", number).PublicKey);

    public void Start()
    {
        chain.Delivered = Deliver;
        chain.Bouncing.Add(AddressOf("client wallet", ClientCount - 1));
        facts.Add(new PayoutFact(ShardOf(PayerAccount), "funds", ledger => AskAsync(
            ledger, reply => new Credit(PayerAccount, new NanoTon(1_000 * NanoTon.PerTon), "payer", "simulated", reply))));
        foreach (int worker in Workers)
            SetAddress(worker);
        foreach (int client in Clients)
            Register(client);
        Fund(new NanoTon(3 * NanoTon.PerTon));
        world.Loop.Schedule("funds", world.Options.Duration / 2, () => Fund(new NanoTon(60 * NanoTon.PerTon)));
        Again("job", TimeSpan.FromSeconds(1), Job);
        Again("deposit", TimeSpan.FromSeconds(3), Deposit);
        Again("stray", TimeSpan.FromSeconds(9), Stray);
        Again("withdrawal", TimeSpan.FromSeconds(6), Withdraw);
        Again("move", TimeSpan.FromSeconds(20), Move);
        world.Loop.Schedule("commission", world.Options.Duration / 2, WithdrawCommission);
    }

    /// <summary>Nothing new any more.</summary>
    public void Rest() => resting = true;

    private static AccountId PayerAccount => AccountId.Of(Payer.PublicKey);

    private StreamId ShardOf(AccountId account) => StreamId.OfShard(account.Shard(payouts.ShardCount));

    private void Fund(NanoTon amount) => chain.Transfer(payouts.PayoutWallet, OperatorAddress, amount, PayoutActor.OperatorComment);

    private void Again(string name, TimeSpan mean, Action happen) => world.Loop.Schedule(name, chance.Between(TimeSpan.Zero, mean * 2), () =>
    {
        if (resting)
            return;
        happen();
        Again(name, mean, happen);
    });

    private void Deliver(SentMessage message)
    {
        Deliveries++;
        WalletAddress to = new(message.Destination.Workchain, message.Destination.Account);
        Received[to] = Received.GetValueOrDefault(to) + message.Amount;
        if (to != OperatorAddress && Received[to] > Owed.GetValueOrDefault(to))
            world.Violated($"{to} received {Received[to]} in all, at most {Owed.GetValueOrDefault(to)} is theirs: '{message.Comment}' was paid twice");
    }

    private void Owe(WalletAddress to, NanoTon amount) => Owed[to] = Owed.GetValueOrDefault(to) + amount;

    private void Job()
    {
        long number = ++jobs;
        int worker = chance.Below(WorkerCount);
        NanoTon price = new(chance.Between(5_000_000, 300_000_000));
        NanoTon commission = JobTerms.CommissionOf(price, 500);
        Owe(AddressOf("worker wallet", worker), price - commission);
        LedgerEvent settled = new()
        {
            Settlement = new Settlement
            {
                Account = Bytes(PayerAccount.Value),
                Session = Session.Value,
                Number = number,
                Instalment = 1,
                Final = true,
                Worker = Bytes(WorkerKey(worker).Value),
                Price = price.Value,
                Commission = commission.Value,
                Total = price.Value,
            },
        };
        JobId job = new(PayerAccount, Session, number);
        facts.Add(new PayoutFact(ShardOf(PayerAccount), "jobs", async ledger =>
        {
            JobAnswer known = await ledger.AskAsync<JobAnswer>(reply => new QueryJob(job, reply), PayoutFront.Deadline);
            return (known.Standing == JobStanding.Closed && IsInJournal(known.Head)) || await AskAsync(ledger, reply => new BookEvent(settled.Clone(), reply));
        }));
    }

    private void Deposit()
    {
        int client = chance.Below(ClientCount);
        NanoTon amount = new(chance.Between(20_000_000, 2 * NanoTon.PerTon));
        deposited[client] += amount.Value;
        string comment = chance.Below(2) == 0 ? string.Empty : ClientAccount(client).ToString();
        chain.Transfer(chance.Below(chain.Wallets.Count), AddressOf("client wallet", client), amount, comment);
    }

    /// <summary>Coins that name nobody, dust, jettons, and a bounced message that no payout explains.</summary>
    private void Stray()
    {
        // Nobody who was paid sends what looks like a payout come back.
        bool isBounced = chance.Below(6) == 0;
        WalletAddress sender = AddressOf(isBounced ? "bouncing stranger" : "stranger", chance.Below(3));
        NanoTon amount = new(chance.Below(3) == 0 ? chance.Between(0, 1_000_000) : chance.Between(20_000_000, 500_000_000));
        Owe(sender, amount);
        chain.Transfer(chance.Below(chain.Wallets.Count), sender, amount, "hello", isBounced, isJetton: chance.Below(6) == 0);
    }

    private void Withdraw()
    {
        int client = chance.Below(ClientCount);
        long number = requests[client] + 1;
        NanoTon amount = new(chance.Between(10_000_000, 300_000_000));
        if (deposited[client] < 3 * NanoTon.PerTon || number > 4)
            return;
        requests[client] = number;
        WalletAddress wallet = AddressOf("client wallet", client);
        Owe(wallet, amount);
        SimulatedSigner signer = SimulatedSigner.Of("client", client);
        V1Statement signed = Sign(signer, new WithdrawalRequest(PeerIdentity.Scope, ClientAccount(client), number, amount, wallet).ToStatement());
        facts.Add(new PayoutFact(ShardOf(ClientAccount(client)), $"withdrawals {client}", async ledger =>
        {
            // A client that cannot have it at the end gives up: a deposit of its may belong to nobody, for its wallet was not known when it came.
            bool isOver = @operator.Seen?.State == PayoutState.Idle && world.Loop.Now > world.Options.Duration + (world.Options.RestMax / 2);
            LedgerRefusal also = isOver ? LedgerRefusal.InsufficientBalance : LedgerRefusal.Superseded;
            return await AskAsync(ledger, reply => new Withdraw(signer.PublicKey, signed.Statement, signed.Signature, reply), LedgerRefusal.Superseded, also);
        }));
    }

    private void Move()
    {
        if (chain.Wallets.Count > 1)
            chain.MoveByHand(0, 1, new NanoTon(chance.Between(1_000_000, 100_000_000)));
    }

    private void WithdrawCommission() => facts.Add(new PayoutFact(StreamId.Treasury, "commission", ledger => AskAsync(
        ledger, reply => new WithdrawCommission(new NanoTon(50_000_000), OperatorAddress, "once", reply))));

    private void SetAddress(int worker)
    {
        SimulatedSigner owner = SimulatedSigner.Of("owner", worker);
        WalletAddress wallet = AddressOf("worker wallet", worker);
        @operator.Workers[wallet] = WorkerKey(worker);
        PayoutAddress address = new(PeerIdentity.Scope, owner.PublicKey, WorkerKey(worker), 1, wallet.Workchain, wallet.Account);
        V1Statement signed = Sign(owner, address.ToStatement());
        facts.Add(new PayoutFact(StreamId.Treasury, string.Empty, ledger => AskAsync(
            ledger, reply => new SetPayoutAddress(WorkerKey(worker), signed.Statement, signed.Signature, reply))));
    }

    private void Register(int client)
    {
        SimulatedSigner signer = SimulatedSigner.Of("client", client);
        WalletAddress wallet = AddressOf("client wallet", client);
        @operator.Clients[wallet] = ClientAccount(client);
        V1Statement signed = Sign(signer, new WalletRegistration(PeerIdentity.Scope, ClientAccount(client), 1, wallet).ToStatement());
        foreach (StreamId stream in (StreamId[])[StreamId.Treasury, ShardOf(ClientAccount(client))])
        {
            facts.Add(new PayoutFact(stream, string.Empty, ledger => AskAsync(
                ledger, reply => new RegisterWallet(signer.PublicKey, signed.Statement, signed.Signature, reply))));
        }
    }

    private static V1Statement Sign(SimulatedSigner signer, byte[] statement)
    {
        byte[] signature = new byte[Statements.SignatureLength];
        signer.Sign(statement, signature);
        return new V1Statement(statement, signature);
    }

    private async ValueTask<bool> AskAsync(
        ActorRef<LedgerCommand> ledger, Func<ReplyTo<LedgerAnswer>, LedgerCommand> command, params LedgerRefusal[] also)
    {
        LedgerAnswer answer = await ledger.AskAsync(command, PayoutFront.Deadline);
        return (answer.Refusal == LedgerRefusal.None || also.Contains(answer.Refusal)) && IsInJournal(answer.Head);
    }

    /// <summary>A node that has not noticed the restored backup still answers out of the lost time.</summary>
    private bool IsInJournal(LedgerHead head)
    {
        IReadOnlyList<JournalBatch> batches = DatabaseConnection.Immediate(world.Database.Tables.ReadAsync(head.Stream, head.Sequence - 1, 1));
        return batches.Count > 0 && batches[0].LastSequence == head.Sequence && batches[0].Chain == head.Chain;
    }

    private static ByteString Bytes(Bytes32 value) => ByteString.CopyFrom(value.AsSpan());

    private sealed record V1Statement(ReadOnlyMemory<byte> Statement, ReadOnlyMemory<byte> Signature);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Actors.Ports;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Payouts;

/// <summary>
/// The chain of a world, as far as wallets see it: a block each second, messages from outside that get lost, come late or twice, messages
/// between accounts that never get lost, contracts that run each number once. It outlives all nodes and every restored backup.
/// </summary>
internal sealed class SimulatedChain
{
    private static readonly TimeSpan BlockPeriod = TimeSpan.FromSeconds(1);
    private static readonly long Origin = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
    private readonly WorldLoop loop;
    private readonly SeededRandom chance;
    private readonly Dictionary<Bytes32, (int Wallet, BatchRequest Request, Bytes32 Body)> requests = [];
    private readonly Dictionary<Bytes32, bool> unlucky = [];
    private readonly List<(long Block, Bytes32 Message)> pool = [];
    private readonly List<(long Block, Action Run)> internals = [];
    private long logicalTime;

    public SimulatedChain(WorldLoop loop, SeededRandom chance, IReadOnlyList<TreasuryWallet> wallets)
    {
        this.loop = loop;
        this.chance = chance;
        Wallets = [.. wallets.Select((wallet, number) => new SimulatedWallet(number, wallet))];
        loop.Schedule("block", BlockPeriod, NextBlock);
    }

    public IReadOnlyList<SimulatedWallet> Wallets { get; }

    public ChainFaults Faults { get; set; } = ChainFaults.None;

    /// <summary>Hears of each message that reaches somebody outside the operator's wallets.</summary>
    public Action<SentMessage>? Delivered { get; set; }

    /// <summary>Accounts that send back what they are paid.</summary>
    public HashSet<WalletAddress> Bouncing { get; } = [];

    public long Block { get; private set; }

    public long UnixSeconds => TimeOf(Block);

    public TimeSpan OutageUntil { get; private set; }

    /// <summary>Nothing is under way: no message waits for a block.</summary>
    public bool IsQuiet => pool.Count == 0 && internals.Count == 0;

    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    public static long TimeOf(long block) => Origin + block;

    /// <summary>Signs a batch: its bytes name everything in it, so the same request has the same bytes.</summary>
    public PreparedBatch Prepare(int wallet, BatchRequest request)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{wallet} {request.Sequence} {request.CreatedAtUnixSeconds} {request.SelfMessageValue} {request.AnchorComment}");
        foreach (BatchPayout payout in request.Payouts)
            text.Append(CultureInfo.InvariantCulture, $"|{payout.Destination} {payout.Amount.Value} {payout.Comment}");
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        Bytes32 body = default;
        SHA256.HashData(bytes, body);
        requests[MessageHash(bytes)] = (wallet, request, body);
        return new PreparedBatch(body, bytes);
    }

    /// <summary>A node takes a message, if it is valid in that node's state.</summary>
    public BatchSendAnswer Take(ReadOnlyMemory<byte> message)
    {
        Bytes32 hash = MessageHash(message.Span);
        (int wallet, BatchRequest request, _) = requests[hash];
        int exit = Wallets[wallet].ExitCodeOf(request, UnixSeconds + 1);
        if (exit != 0)
            return new BatchSendAnswer(BatchSendVerdict.Refused, exit, "inbound external message rejected");
        if (IsUnlucky(wallet, request, hash) || chance.PerMillion(Faults.Lost))
            Count("lost");
        else if (chance.PerMillion(Faults.Late))
            Enter("late", hash, chance.Between(2, 25));
        else
            pool.Add((Block + 1, hash));
        if (chance.PerMillion(Faults.Replayed))
            Enter("replayed", hash, chance.Between(2, 60));
        return new BatchSendAnswer(BatchSendVerdict.Accepted, null, string.Empty);
    }

    /// <summary>Somebody sends coins to a wallet; they arrive in one of the next blocks.</summary>
    public void Transfer(int wallet, WalletAddress sender, NanoTon amount, string comment, bool isBounced = false, bool isJetton = false)
        => internals.Add((Block + 1 + chance.Below(3), () => Wallets[wallet].Add(
            Block, UnixSeconds, NextTime(), new TransferReceived(sender, amount, comment, isBounced, isJetton), [], Cost(100_000))));

    /// <summary>The operator moves coins between two of its wallets by hand.</summary>
    public void MoveByHand(int from, int to, NanoTon amount)
    {
        SimulatedWallet wallet = Wallets[from];
        if (wallet.Balance < amount + new NanoTon(10_000_000))
            return;
        SentMessage sent = Message(Wallets[to].Description.Address, amount, "by hand");
        RequestReceived request = new(MessageHash(Encoding.UTF8.GetBytes($"by hand {Block}")), 8_380_415, UnixSeconds);
        wallet.Add(Block, UnixSeconds, NextTime(), request, [sent], Cost(1_000_000));
        Transfer(to, wallet.Description.Address, amount, "by hand");
    }

    /// <summary>A reading from a server that is <paramref name="lag"/> blocks behind; null: the server does not know what the caller knows.</summary>
    public WalletReading? Read(int wallet, ChainPoint? after, long lag)
    {
        long block = Math.Max(0, Block - lag);
        WalletReading? reading = Wallets[wallet].Read(block, TimeOf(block), after);
        if (reading is not { Transactions.Count: > 1 } || !chance.PerMillion(Faults.Reordered))
            return reading;
        Count("reordered");
        List<WalletTransaction> mixed = [.. reading.Transactions];
        int place = chance.Below(mixed.Count - 1);
        if (chance.Below(2) == 0)
            (mixed[place], mixed[place + 1]) = (mixed[place + 1], mixed[place]);
        else
            mixed.RemoveAt(place);
        return reading with { Transactions = mixed };
    }

    public void Count(string what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    /// <summary>However often an unlucky batch is sent, it is lost; half of these get into a block at the last moment after all.</summary>
    private bool IsUnlucky(int wallet, BatchRequest request, Bytes32 hash)
    {
        if (!unlucky.TryGetValue(hash, out bool known))
        {
            unlucky[hash] = known = chance.PerMillion(Faults.Unlucky);
            if (known && chance.Below(2) == 0)
                Enter("at the last moment", hash, Math.Max(1, Wallets[wallet].LastValid(request) - UnixSeconds));
        }

        return known;
    }

    private void Enter(string what, Bytes32 hash, long blocks)
    {
        Count(what);
        pool.Add((Block + blocks, hash));
    }

    private void NextBlock()
    {
        Block++;
        foreach ((long block, Action run) in internals.ToArray())
        {
            if (block <= Block)
                run();
        }

        internals.RemoveAll(entry => entry.Block <= Block);
        foreach ((_, Bytes32 hash) in pool.Where(entry => entry.Block <= Block).ToArray())
            Execute(hash);
        pool.RemoveAll(entry => entry.Block <= Block);
        if (chance.PerMillion(Faults.Outage))
        {
            Count("outage");
            OutageUntil = loop.Now + chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        }

        loop.Schedule("block", BlockPeriod, NextBlock);
    }

    private void Execute(Bytes32 hash)
    {
        (int number, BatchRequest request, Bytes32 body) = requests[hash];
        SimulatedWallet wallet = Wallets[number];
        if (wallet.ExitCodeOf(request, UnixSeconds) != 0)
            return;
        RequestReceived received = new(body, request.Sequence, request.CreatedAtUnixSeconds);
        wallet.Use(request);
        if (!wallet.IsHighload)
        {
            Send(wallet, received, request, Cost(2_000_000), allOrNothing: false);
            return;
        }

        NanoTon cost = Cost(3_000_000);
        bool isPayable = wallet.Balance >= request.SelfMessageValue + cost;
        SentMessage[] self = isPayable ? [Message(wallet.Description.Address, request.SelfMessageValue, string.Empty)] : [];
        wallet.Add(Block, UnixSeconds, NextTime(), received, self, cost, isPayable ? 0 : 37);
        if (isPayable)
        {
            internals.Add((Block + 1 + chance.Below(3), () => Send(
                wallet, new BatchReceived(request.Sequence, request.SelfMessageValue), request, Cost(1_000_000), allOrNothing: true)));
        }
    }

    private void Send(SimulatedWallet wallet, IncomingMessage incoming, BatchRequest request, NanoTon cost, bool allOrNothing)
    {
        cost += new NanoTon(400_000L * request.Payouts.Count);
        NanoTon left = wallet.Balance - cost;
        List<SentMessage> sent = [];
        int fails = chance.PerMillion(Faults.FailedBatch) ? chance.Below(request.Payouts.Count) : -1;
        for (int i = 0; i < request.Payouts.Count; i++)
        {
            BatchPayout payout = request.Payouts[i];
            if (i == fails || payout.Amount > left)
                continue;
            left -= payout.Amount;
            sent.Add(Message(payout.Destination, payout.Amount, payout.Comment));
        }

        bool failed = allOrNothing && sent.Count < request.Payouts.Count;
        if (failed || sent.Count < request.Payouts.Count)
            Count("failed batch");
        if (failed)
            sent.Clear();
        SentMessage[] all = request.AnchorComment is { } anchor && !failed
            ? [.. sent, Message(wallet.Description.Address, NanoTon.Zero, anchor)]
            : [.. sent];
        wallet.Add(Block, UnixSeconds, NextTime(), incoming, all, cost, failed ? 37 : 0);
        if (all.Length > sent.Count)
            Transfer(wallet.Number, wallet.Description.Address, NanoTon.Zero, request.AnchorComment!);
        foreach (SentMessage message in sent)
            Deliver(wallet.Number, message);
    }

    private void Deliver(int wallet, SentMessage message)
    {
        Delivered?.Invoke(message);
        WalletAddress plain = new(message.Destination.Workchain, message.Destination.Account);
        if (Bouncing.Contains(plain))
            Transfer(wallet, plain, message.Amount - new NanoTon(1_000_000), string.Empty, isBounced: true);
    }

    private SentMessage Message(WalletAddress to, NanoTon amount, string comment) =>
        new(to, amount, MessageHash(Encoding.UTF8.GetBytes($"{++logicalTime} {to} {amount.Value}")), comment);

    private NanoTon Cost(long about) => new(chance.Between(about / 2, about));

    private long NextTime() => logicalTime += 1_000;

    private static Bytes32 MessageHash(ReadOnlySpan<byte> bytes)
    {
        Bytes32 hash = default;
        SHA256.HashData([.. bytes, (byte)'m'], hash);
        return hash;
    }
}

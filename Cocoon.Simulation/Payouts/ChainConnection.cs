using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Chance;
using Cocoon.Simulation.Scheduling;

namespace Cocoon.Simulation.Payouts;

/// <summary>One node's way to the chain: servers that are late, behind, out of order, or out of reach.</summary>
internal sealed class ChainConnection(SimulatedChain chain, WorldLoop loop, SimulatedScheduler node, SeededRandom chance) : ITreasuryChain
{
    public IReadOnlyList<TreasuryWallet> Wallets { get; } = [.. chain.Wallets.Select(wallet => wallet.Description)];

    public ValueTask<WalletReading> ReadAsync(int wallet, ChainPoint? after, CancellationToken cancellation)
        => CallAsync("chain: read", () =>
        {
            long lag = chance.PerMillion(chain.Faults.Lagging) ? chance.Between(1, 15) : 0;
            return chain.Read(wallet, after, lag) ?? throw new TreasuryUnavailableException("the server lags behind");
        });

    public ValueTask<BatchFees> EstimateFeesAsync(int wallet, CancellationToken cancellation)
        => CallAsync("chain: fees", () => new BatchFees(new NanoTon(10_000_000), new NanoTon(500_000)));

    public PreparedBatch Prepare(int wallet, BatchRequest request) => chain.Prepare(wallet, request);

    public ValueTask<BatchSendAnswer> SendAsync(int wallet, ReadOnlyMemory<byte> message, CancellationToken cancellation)
        => CallAsync("chain: send", () =>
        {
            if (chance.PerMillion(chain.Faults.Busy))
                return new BatchSendAnswer(BatchSendVerdict.Busy, null, "too many external messages to address");
            BatchSendAnswer answer = chain.Take(message);
            return chance.PerMillion(chain.Faults.LostAnswer) ? throw new TreasuryUnavailableException("no answer") : answer;
        });

    private ValueTask<T> CallAsync<T>(string name, Func<T> call)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TimeSpan there = Latency();
        loop.Schedule(name, there, () =>
        {
            // What a dead node sent is under way all the same; nobody waits for its answer.
            try
            {
                if (loop.Now < chain.OutageUntil || chance.PerMillion(chain.Faults.Unavailable))
                    throw new TreasuryUnavailableException("the API is out of reach");
                T answer = call();
                loop.Schedule(name + " answers", Latency(), () => result.TrySetResult(answer));
            }
            catch (Exception problem) when (problem is TreasuryUnavailableException or TreasuryContradictionException)
            {
                if (!node.HasCrashed)
                    loop.Schedule(name + " fails", Latency(), () => result.TrySetException(problem));
            }
        });
        return new(result.Task);
    }

    private TimeSpan Latency() => chance.Below(30) == 0 && chain.Faults.Unavailable > 0
        ? chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4))
        : chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(150));
}

using Cocoon.Actors.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Money;
using Cocoon.Simulation.Invariants;
using Cocoon.Simulation.Ledger;
using Cocoon.Simulation.Worlds;

namespace Cocoon.Simulation.Payouts;

/// <summary>At rest journal and chain agree to the nanoTON, and each worker received what it earned, no more and no less.</summary>
internal sealed class PayoutOracle(World world, SimulatedChain chain, PayoutPeople people, LedgerOracle books, TreasuryOperator @operator) : IInvariant
{
    string? IInvariant.AtRest() => CheckCash() ?? CheckWorkers() ?? CheckOperator();

    private string? CheckCash()
    {
        TreasuryState treasury = books.State(StreamId.Treasury).Treasury!;
        foreach (SimulatedWallet wallet in chain.Wallets)
        {
            NanoTon booked = new(treasury.Wallets.GetValueOrDefault(wallet.Number));
            if (booked != wallet.Balance)
                return $"wallet {wallet.Number} holds {wallet.Balance.Value} nanoTON, the books say {booked.Value}";
        }

        return null;
    }

    private string? CheckWorkers()
    {
        foreach (int number in PayoutPeople.Workers)
        {
            WalletAddress wallet = PayoutPeople.AddressOf("worker wallet", number);
            NanoTon left = NanoTon.Zero;
            foreach (StreamId stream in world.Streams)
            {
                if (books.State(stream).TryGetWorker(PayoutPeople.WorkerKey(number), out WorkerAccount? account))
                    left += account.Balance;
            }

            NanoTon received = people.Received.GetValueOrDefault(wallet);
            NanoTon earned = people.Owed.GetValueOrDefault(wallet);
            if (received + left != earned)
                return $"worker {number} earned {earned.Value} nanoTON, received {received.Value} and is still owed {left.Value}";
        }

        return null;
    }

    private string? CheckOperator()
    {
        LedgerState treasury = books.State(StreamId.Treasury);
        NanoTon taken = treasury.Total(BookKind.OperatorFunding);
        return taken == NanoTon.Zero ? null : $"the operator bears {taken.Value} nanoTON that it was not to bear ({@operator.Seen?.Text})";
    }
}

using Cocoon.Actors.Ledger;
using Cocoon.Protocol;
using Cocoon.Protocol.Journal;
using FsCheck;
using FsCheck.Fluent;
using static Cocoon.Tests.Ledger.LedgerSamples;

namespace Cocoon.Tests.Ledger;

/// <summary>Random histories of two shards and the treasury, legal and illegal steps mixed, against the naive ledger.</summary>
public class LedgerModelTests
{
    private static readonly StreamId[] Streams = [StreamId.OfShard(0), StreamId.OfShard(1), StreamId.Treasury];

    [Fact]
    public void Books_equal_a_naive_ledger_over_random_histories()
    {
        Gen<Step> step =
            from kind in Gen.Choose(0, 16)
            from stream in Gen.Choose(0, 2)
            from a in Gen.Choose(0, 3)
            from b in Gen.Choose(0, 40)
            from c in Gen.Choose(0, 3)
            select new Step(kind, stream, a, b, c);
        Arbitrary<Step[]> histories = Arb.From(Gen.Resize(step.ArrayOf(), 300), Shorter);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(250), Prop.ForAll(histories, (Func<Step[], bool>)Agrees));
    }

    private static IEnumerable<Step[]> Shorter(Step[] history)
    {
        for (int length = history.Length / 2; length > 0; length /= 2)
        {
            for (int start = 0; start + length <= history.Length; start += length)
                yield return [.. history[..start], .. history[(start + length)..]];
        }
    }

    private static bool Agrees(Step[] history)
    {
        LedgerState[] states = [.. Streams.Select(stream => new LedgerState(stream))];
        NaiveLedger[] models = [.. Streams.Select(stream => new NaiveLedger(stream))];
        foreach (Step step in history)
        {
            if (step.Kind == 16)
                states[step.Stream] = LedgerState.FromSnapshot(Streams[step.Stream], Snapshot(states[step.Stream]));
            else if (Event(step, models) is { } made)
                ApplyToBoth(ThroughBytes(made, Streams[step.Stream]), states[step.Stream], models[step.Stream]);
        }

        for (int i = 0; i < Streams.Length; i++)
            AssertSame(states[i], models[i]);
        Assert.Empty(LedgerInvariants.CheckAll(states));
        return true;
    }

    private static void ApplyToBoth(LedgerEvent ledgerEvent, LedgerState state, NaiveLedger model)
    {
        byte[] before = Snapshot(state);
        bool allowed = model.TryApply(ledgerEvent);
        if (allowed)
        {
            long sum = Postings.Of(ledgerEvent).Sum(posting => posting.Amount.Value);
            Assert.Equal(0, sum);
            state.Apply(ledgerEvent);
        }
        else
        {
            if (Record.Exception(() => state.Apply(ledgerEvent)) is not LedgerContradictionException)
                Assert.Fail($"{state.Stream} took what the model refuses: {ledgerEvent}");
            Assert.Equal(before, Snapshot(state));
        }
    }

    private static void AssertSame(LedgerState state, NaiveLedger model)
    {
        Dictionary<string, long> books = state.Balances().ToDictionary(entry => entry.Book.ToString(), entry => entry.Amount.Value, StringComparer.Ordinal);
        Dictionary<string, long> expected = model.Books.Where(entry => entry.Value != 0).ToDictionary(StringComparer.Ordinal);
        Assert.Equal(expected.OrderBy(entry => entry.Key, StringComparer.Ordinal), books.OrderBy(entry => entry.Key, StringComparer.Ordinal));
        LedgerState again = LedgerState.FromSnapshot(state.Stream, Snapshot(state));
        Assert.Equal(state.Balances(), again.Balances());
        Assert.Equal(Snapshot(state), Snapshot(again));
    }

    /// <summary>An event from small numbers: often the next legal one, often slightly wrong.</summary>
    private static LedgerEvent? Event(Step step, NaiveLedger[] models)
    {
        NaiveLedger model = models[step.Stream];
        int slip = step.C == 3 ? 1 : 0;
        return step.Kind switch
        {
            0 or 1 => Credit(step.A, (step.B * 1000) - slip),
            2 or 3 or 4 => Settle(step.A, 1 + (step.B / 4 * 1100), 1 + (step.B % 4), step.B * 10, step.B * (10 + slip), step.C == 2),
            5 => Settle(step.A, 1 + (step.B / 4), 1 + step.C, 0, 0, step.C == 1, session: SessionId.Open(1_700_000_000 + step.B, 1)),
            6 => step.B < 30 ? null : new LedgerEvent { SessionsExpired = new SessionsExpired { OpenedBeforeUnixS = 1_700_000_000 + step.B } },
            7 => new LedgerEvent { HedgePaid = new HedgePaid { Worker = Bytes(Worker(step.A).Value), Amount = step.B - slip } },
            8 or 9 => Send(step, model, slip),
            10 or 11 => Deliver(step, models, slip),
            12 => Acknowledge(step, models, slip),
            13 => Deposit(step, model),
            14 => Request(step, model, slip),
            _ => Payout(step, model, slip),
        };
    }

    private static LedgerEvent Send(Step step, NaiveLedger model, int slip)
    {
        StreamId to = Streams[step.C % 3];
        bool fromTreasury = Streams[step.Stream].IsTreasury;
        TransferKind kind = fromTreasury ? TransferKind.Deposit
            : !to.IsTreasury ? TransferKind.Lane
            : step.B % 3 == 0 ? TransferKind.Commission
            : step.B % 3 == 1 ? TransferKind.Earnings : TransferKind.Withdrawal;
        Google.Protobuf.ByteString owner = kind == TransferKind.Earnings ? Bytes(Worker(step.A).Value) : Bytes(Account(step.A).Value);
        return new LedgerEvent
        {
            TransferOut = new TransferOut
            {
                To = to.Number,
                Number = model.Sent(to).Count + 1 + slip,
                Kind = kind,
                Amount = 1 + (step.B * 7),
                Beneficiary = kind == TransferKind.Commission ? Google.Protobuf.ByteString.Empty : owner,
                Source = kind == TransferKind.Lane ? Bytes(Account((step.A + 1) % 4).Value) : Google.Protobuf.ByteString.Empty,
            },
        };
    }

    private static LedgerEvent? Deliver(Step step, NaiveLedger[] models, int slip)
    {
        StreamId here = Streams[step.Stream];
        StreamId from = Streams[step.A % 3];
        IReadOnlyList<TransferOut> sent = models[step.A % 3].Sent(here);
        long number = models[step.Stream].Received(from) + 1 - slip;
        if (number < 1 || number > sent.Count)
            return null;
        TransferOut transfer = sent[(int)number - 1];
        return new LedgerEvent
        {
            TransferIn = new TransferIn
            {
                From = from.Number,
                Number = number,
                Kind = transfer.Kind,
                Amount = transfer.Amount,
                Beneficiary = transfer.Beneficiary,
            },
        };
    }

    private static LedgerEvent? Acknowledge(Step step, NaiveLedger[] models, int slip)
    {
        StreamId to = Streams[step.A % 3];
        NaiveLedger model = models[step.Stream];
        long number = models[step.A % 3].Received(Streams[step.Stream]);
        long amount = model.Sent(to).Where(sent => sent.Number > model.Acknowledged(to) && sent.Number <= number).Sum(sent => sent.Amount);
        return new LedgerEvent { TransferAcknowledged = new TransferAcknowledged { To = to.Number, Number = number, Amount = amount + slip } };
    }

    private static LedgerEvent Deposit(Step step, NaiveLedger model)
    {
        long time = model.LastDeposit + step.C;
        return new LedgerEvent
        {
            DepositSeen = new DepositSeen
            {
                Amount = step.B * 1000,
                Account = step.A == 0 ? Google.Protobuf.ByteString.Empty : Bytes(Account(step.A).Value),
                LogicalTime = time,
                Transaction = Bytes($"deposit {time}"),
                Cursor = new ChainCursor { LogicalTime = time, Hash = Bytes($"deposit {time}") },
            },
        };
    }

    private static LedgerEvent Request(Step step, NaiveLedger model, int slip)
    {
        KeyValuePair<string, long> held = model.Suspense.FirstOrDefault();
        if (step.A == 3 && held.Key is not null && step.B % 2 == 0)
        {
            return new LedgerEvent
            {
                SuspenseAssigned = new SuspenseAssigned
                {
                    Transaction = Hex(held.Key),
                    Amount = held.Value + slip,
                    Account = Bytes(Account(step.B % 4).Value),
                },
            };
        }

        PayoutKind kind = (PayoutKind)(1 + step.A);
        return new LedgerEvent
        {
            PayoutRequested = new PayoutRequested
            {
                Payout = model.LastPayout + 1 + slip,
                Kind = kind,
                Amount = kind == PayoutKind.Refund ? held.Value : step.B,
                Beneficiary = kind switch
                {
                    PayoutKind.Earnings => Bytes(Worker(step.B % 4).Value),
                    PayoutKind.Withdrawal => Bytes(Account(step.B % 4).Value),
                    PayoutKind.Refund when held.Key is not null => Hex(held.Key),
                    PayoutKind.Refund => Bytes("no deposit"),
                    _ => Google.Protobuf.ByteString.Empty,
                },
            },
        };
    }

    private static LedgerEvent Payout(Step step, NaiveLedger model, int slip)
    {
        long attempt = model.Attempts.FirstOrDefault();
        long amount = attempt == 0 ? 0 : model.AttemptAmount(attempt);
        long bounced = model.PayoutsThatAre("bounced").FirstOrDefault();
        switch (step.A + (4 * (step.B % 2)))
        {
            case 0 or 1 or 4:
                PayoutPrepared batch = new() { Attempt = model.LastAttempt + 1 };
                batch.Payouts.Add(model.PayoutsThatAre("waiting").Take(1 + step.C));
                batch.Amount = batch.Payouts.Sum(number => model.PayoutOf(number).Amount) + slip;
                return new LedgerEvent { PayoutPrepared = batch };
            case 2:
                return new LedgerEvent { PayoutFailed = new PayoutFailed { Attempt = attempt, Amount = amount, Fee = step.B } };
            case 3:
                return new LedgerEvent { PayoutExpired = new PayoutExpired { Attempt = attempt, Amount = amount } };
            case 5 or 6 when bounced > 0:
                (string owner, long returned, _) = model.PayoutOf(bounced);
                return new LedgerEvent { PayoutReopened = Reopened(bounced, owner, returned + slip) };
            case 7 when model.PayoutsThatAre("paid").Any():
                long paid = model.PayoutsThatAre("paid").First();
                return new LedgerEvent { PayoutBounced = new PayoutBounced { Payout = paid, Amount = 1 + (step.B / 3) } };
            default:
                return new LedgerEvent { PayoutPaid = new PayoutPaid { Attempt = attempt, Amount = amount, Fee = step.B % 5 } };
        }
    }

    private static PayoutReopened Reopened(long payout, string owner, long amount)
    {
        string[] parts = owner.Split('/');
        return new PayoutReopened
        {
            Payout = payout,
            Amount = amount,
            Kind = parts[0] switch
            {
                "worker" => PayoutKind.Earnings,
                "client" => PayoutKind.Withdrawal,
                "suspense" => PayoutKind.Refund,
                _ => PayoutKind.Commission,
            },
            Beneficiary = parts.Length > 1 ? Hex(parts[1]) : Google.Protobuf.ByteString.Empty,
        };
    }

    private static Google.Protobuf.ByteString Hex(string hex) => Google.Protobuf.ByteString.CopyFrom(Convert.FromHexString(hex));

    private sealed record Step(int Kind, int Stream, int A, int B, int C);
}

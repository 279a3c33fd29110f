using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Ledger;

/// <content>Accounts, ceilings, credits.</content>
public partial class LedgerActor
{
    private void Decide(QueryBalance query)
    {
        State.TryGetAccount(query.Account, out ClientAccount? account);
        NanoTon balance = account?.Balance ?? default;
        NanoTon settled = account?.Settled ?? default;
        CeilingSet? ceiling = account?.Ceiling;
        NanoTon reserved = reservations.HeldOf(query.Account);
        NanoTon? most = ceiling is null ? null : new NanoTon(ceiling.Amount);
        Protocol.V1.SignedStatement? signed = ceiling is null ? null : new() { Statement = ceiling.Statement, Signature = ceiling.Signature };
        long sequence = LastSequence;
        WhenDurable(() => query.Reply.Reply(
            new BalanceAnswer(balance, reserved, settled, most, ceiling?.UntilUnixMs ?? 0, ceiling?.Sequence ?? 0, sequence, Head) { SignedCeiling = signed }));
    }

    private void Decide(QueryBooks query)
    {
        BooksAnswer books = new(
            Head,
            State.Total(BookKind.Client),
            State.Total(BookKind.Worker),
            State.Total(BookKind.Commission),
            State.Total(BookKind.Hedges),
            reservations.Total,
            State.Accounts.Count(static account => account.Balance > NanoTon.Zero),
            State.SettledJobs);
        WhenDurable(() => query.Reply.Reply(books with { Head = Head }));
    }

    private void Decide(OpenAccount open)
    {
        AccountId id = AccountId.Of(open.Key);
        EmitOpened(id, open.Key);
        AnswerWhenDurable(open.Reply);
    }

    private void EmitOpened(AccountId id, PublicKey key)
    {
        if (State.TryGetAccount(id, out ClientAccount? account) && account.Key is not null)
            return;
        LedgerEvent opened = NewEvent();
        opened.AccountOpened = new AccountOpened { Account = Bytes(id.Value), Key = Bytes(key.Value) };
        Emit(opened);
    }

    private void Decide(SetCeiling set)
    {
        if (!Ceiling.TryRead(set.Statement.Span, out Ceiling ceiling))
        {
            Refuse(set.Reply, LedgerRefusal.Malformed, $"a ceiling is a statement of {Ceiling.Length} bytes, see docs/protocol.md");
        }
        else if (ceiling.Scope != options.Scope)
        {
            Refuse(set.Reply, LedgerRefusal.Malformed, "the ceiling is for another network or operator");
        }
        else if (ceiling.Account != AccountId.Of(set.Key) || !verifier.Verify(set.Key, set.Statement.Span, set.Signature.Span))
        {
            Refuse(set.Reply, LedgerRefusal.BadSignature, "the ceiling is not signed by the key of its account");
        }
        else
        {
            Accept(set, ceiling);
        }
    }

    private void Accept(SetCeiling set, Ceiling ceiling)
    {
        CeilingSet? known = State.TryGetAccount(ceiling.Account, out ClientAccount? account) ? account.Ceiling : null;
        if (known is not null && known.Statement.Span.SequenceEqual(set.Statement.Span))
        {
            AnswerWhenDurable(set.Reply);
            return;
        }

        if (known is not null && ceiling.Sequence <= known.Sequence)
        {
            Refuse(set.Reply, LedgerRefusal.Superseded, $"ceiling {known.Sequence} is in force, {ceiling.Sequence} is not newer");
            return;
        }

        NanoTon committed = (account?.Settled ?? default) + reservations.HeldOf(ceiling.Account);
        if (ceiling.Total < committed)
        {
            Refuse(set.Reply, LedgerRefusal.Malformed, $"the ceiling of {ceiling.Total} lies below the {committed} that is settled and reserved");
            return;
        }

        EmitOpened(ceiling.Account, set.Key);
        LedgerEvent accepted = NewEvent();
        accepted.CeilingSet = new CeilingSet
        {
            Account = Bytes(ceiling.Account.Value),
            Amount = ceiling.Total.Value,
            UntilUnixMs = checked(ceiling.ExpiresUnixSeconds * 1000),
            Sequence = ceiling.Sequence,
            Statement = Google.Protobuf.ByteString.CopyFrom(set.Statement.Span),
            Signature = Google.Protobuf.ByteString.CopyFrom(set.Signature.Span),
        };
        if (TryEmit(accepted, set.Reply))
            AnswerWhenDurable(set.Reply);
    }

    private void Decide(Credit credit)
    {
        if (State.HasCredit(credit.Account, credit.Reference))
        {
            AnswerWhenDurable(credit.Reply);
            return;
        }

        LedgerEvent credited = NewEvent();
        credited.OperatorCredited = new OperatorCredited
        {
            Account = Bytes(credit.Account.Value),
            Amount = credit.Amount.Value,
            Reference = credit.Reference,
            Memo = credit.Memo,
        };
        if (TryEmit(credited, credit.Reply))
            AnswerWhenDurable(credit.Reply);
    }
}

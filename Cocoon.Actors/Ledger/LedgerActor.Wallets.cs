using Cocoon.Actors.Payouts;
using Cocoon.Protocol;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Money;
using Google.Protobuf;

namespace Cocoon.Actors.Ledger;

/// <content>The account's own wallet, and money that it takes out.</content>
public partial class LedgerActor
{
    private const string NoPayouts = "this stream pays nobody: it is a shard's, or the node has no wallets configured";

    private void Decide(RegisterWallet register)
    {
        AccountId account = AccountId.Of(register.Key);
        if (!WalletRegistration.TryRead(register.Statement.Span, out WalletRegistration wanted) || wanted.Scope != options.Scope)
        {
            Refuse(register.Reply, LedgerRefusal.Malformed, "this is no registration of a wallet for this network and operator");
        }
        else if (!IsSigned(account, wanted.Account, register.Key, register.Statement.Span, register.Signature.Span))
        {
            Refuse(register.Reply, LedgerRefusal.BadSignature, "the registration is not signed by the key of its account");
        }
        else if (wanted.Wallet.IsTestOnly && !options.TestAddressesAllowed)
        {
            Refuse(register.Reply, LedgerRefusal.Malformed, $"{wanted.Wallet} is for test networks only; real coins sent there would be lost");
        }
        else
        {
            Accept(register, wanted);
        }
    }

    private bool IsSigned(AccountId account, AccountId named, PublicKey key, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature) =>
        account == named && signature.Length == Statements.SignatureLength && verifier.Verify(key, statement, signature);

    private void Accept(RegisterWallet register, WalletRegistration wanted)
    {
        WalletRegistered? known = State.TryGetAccount(wanted.Account, out ClientAccount? account) ? account.Wallet : null;
        if (known is not null && known.Statement.Span.SequenceEqual(register.Statement.Span))
        {
            AnswerWhenDurable(register.Reply);
            return;
        }

        if (known is not null && wanted.Sequence <= known.Sequence)
        {
            Refuse(register.Reply, LedgerRefusal.Superseded, $"registration {known.Sequence} is in force, {wanted.Sequence} is not newer");
            return;
        }

        if (!Stream.IsTreasury)
            EmitOpened(wanted.Account, register.Key);
        LedgerEvent registered = NewEvent();
        registered.WalletRegistered = new WalletRegistered
        {
            Account = Bytes(wanted.Account.Value),
            Address = ByteString.CopyFrom(wanted.Wallet.ToBytes()),
            Statement = ByteString.CopyFrom(register.Statement.Span),
            Signature = ByteString.CopyFrom(register.Signature.Span),
            Sequence = wanted.Sequence,
        };
        if (TryEmit(registered, register.Reply))
            AnswerWhenDurable(register.Reply);
    }

    private void Decide(Withdraw withdraw)
    {
        AccountId id = AccountId.Of(withdraw.Key);
        if (!WithdrawalRequest.TryRead(withdraw.Statement.Span, out WithdrawalRequest request) || request.Scope != options.Scope || request.Number < 1)
            Refuse(withdraw.Reply, LedgerRefusal.Malformed, "this is no withdrawal for this network and operator; requests are numbered from 1");
        else if (!IsSigned(id, request.Account, withdraw.Key, withdraw.Statement.Span, withdraw.Signature.Span))
            Refuse(withdraw.Reply, LedgerRefusal.BadSignature, "the withdrawal is not signed by the key of its account");
        else if (!State.TryGetAccount(id, out ClientAccount? account))
            Refuse(withdraw.Reply, LedgerRefusal.UnknownAccount, $"account {id} has no money here");
        else if (account.Request == request.Number)
            AnswerWhenDurable(withdraw.Reply);
        else if (RefusalOf(request, account) is { } refusal)
            Refuse(withdraw.Reply, refusal.Refusal, refusal.Text);
        else
            Start(withdraw, request);
    }

    private (LedgerRefusal Refusal, string Text)? RefusalOf(WithdrawalRequest request, ClientAccount account)
    {
        if (request.Number < account.Request)
            return (LedgerRefusal.Superseded, $"request {account.Request} was taken; {request.Number} is older");
        bool isRegistered = account.Wallet is { } wallet
            && WalletAddress.TryRead(wallet.Address.Span, out WalletAddress known) && known.IsSameAccount(request.Wallet);
        if (!isRegistered)
            return (LedgerRefusal.WalletUnknown, $"{request.Wallet} is not the account's registered wallet; register it first");
        if (request.Amount < options.WithdrawalMin)
            return (LedgerRefusal.Malformed, $"the least that can be withdrawn is {options.WithdrawalMin}");
        NanoTon free = Available(account);
        return request.Amount > free
            ? (LedgerRefusal.InsufficientBalance, $"{request.Amount} is more than the {free} that is not reserved for running jobs")
            : null;
    }

    private void Start(Withdraw withdraw, WithdrawalRequest request)
    {
        Send(StreamId.Treasury, new TransferOut
        {
            Kind = TransferKind.Withdrawal,
            Amount = request.Amount.Value,
            Beneficiary = Bytes(request.Account.Value),
            Destination = ByteString.CopyFrom(request.Wallet.ToBytes()),
            Request = request.Number,
            Statement = ByteString.CopyFrom(withdraw.Statement.Span),
            Signature = ByteString.CopyFrom(withdraw.Signature.Span),
        });
        AnswerWhenDurable(withdraw.Reply);
    }
}

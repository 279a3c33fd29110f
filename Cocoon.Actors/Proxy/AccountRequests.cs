using System.Buffers.Binary;
using Cocoon.Actors.Ledger;
using Cocoon.Actors.Payouts;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Journal;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Proxy;

/// <summary>What a client asks about its account, outside any job: answered by the shard's ledger, sent back on the same connection.</summary>
internal static class AccountRequests
{
    /// <summary>Well below a frame's 64 KiB; one purse takes 20 KiB at most.</summary>
    private const int PursesBytesMax = 48 << 10;

    public static void Handle(ProxyMessage.FromAccount request, ActorRef<LedgerCommand> ledger, ProxyContext context)
    {
        ClientLink link = request.Link;
        switch (request.Message)
        {
            case BalanceQuery query:
                ledger.TellControl(new QueryBalance(link.Account, Answer<BalanceAnswer>(answer => SendBalance(link.Link, query, answer))));
                break;
            case CeilingUpdate { Ceiling: not null } update:
                ledger.TellControl(new SetCeiling(
                    link.AccountKey,
                    update.Ceiling.Statement.Memory,
                    update.Ceiling.Signature.Memory,
                    Answer<LedgerAnswer>(answer => ledger.TellControl(
                        new QueryBalance(link.Account, Answer<BalanceAnswer>(balance => SendCeiling(link.Link, answer, balance)))))));
                break;
            case PurseUpdate { Purse.Length: 8 } update:
                ledger.TellControl(new SetPurse(TermsOf(update, link), Answer<LedgerAnswer>(answer => SendPurse(link.Link, update, answer))));
                break;
            case PurseQuery query:
                ledger.TellControl(new QueryPurses(link.Account, Answer<IReadOnlyList<PurseStanding>>(purses => SendPurses(link.Link, query, purses))));
                break;
            case NetworkQuery query:
                context.Survey.TellControl(new DescribeNetwork(Answer<NetworkSurvey>(
                    survey => link.Link.Send(0, FrameKind.NetworkState, survey.ToState(query.Query), end: false))));
                break;
            case SessionOpen open:
                link.Link.Send(0, FrameKind.SessionAnswer, new SessionAnswer { Session = open.Session, Accepted = true }, end: false);
                break;
            case WalletUpdate { Registration: { } registration }:
                Register(link, registration, ledger, context);
                break;
            case Withdrawal { Request: { } signed }:
                Withdraw(link, signed, ledger);
                break;
            case EarningsQuery query:
                EarningsRequests.Handle(link.Link, query, link.Account.Value, context);
                break;
            case ModelsQuery query:
                context.Fleet.TellControl(new DescribeFleet(Answer<FleetView>(view => SendModels(link.Link, query, view, context.Settings))));
                break;
        }
    }

    /// <summary>The treasury first, so that no account believes in a wallet whose deposits nobody would know.</summary>
    private static void Register(ClientLink link, SignedStatement registration, ActorRef<LedgerCommand> ledger, ProxyContext context)
    {
        if (context.Shards.Find(StreamId.Treasury).Here is not { } treasury)
        {
            SendWallet(link.Link, "the treasury is not served by this node now; try again");
            return;
        }

        RegisterWallet Command(ReplyTo<LedgerAnswer> reply) =>
            new(link.AccountKey, registration.Statement.Memory, registration.Signature.Memory, reply);
        treasury.TellControl(new ProxyMessage.ToLedger(Command(Answer<LedgerAnswer>(first =>
        {
            if (first.Refusal != LedgerRefusal.None)
                SendWallet(link.Link, first.Text);
            else
                ledger.TellControl(Command(Answer<LedgerAnswer>(second => SendWallet(link.Link, second.Text))));
        }))));
    }

    private static void SendWallet(ILink link, string reason)
        => link.Send(0, FrameKind.WalletAnswer, new WalletAnswer { Accepted = reason.Length == 0, Reason = reason }, end: false);

    private static void Withdraw(ClientLink link, SignedStatement signed, ActorRef<LedgerCommand> ledger)
    {
        long number = WithdrawalRequest.TryRead(signed.Statement.Span, out WithdrawalRequest request) ? request.Number : 0;
        ledger.TellControl(new Withdraw(link.AccountKey, signed.Statement.Memory, signed.Signature.Memory, Answer<LedgerAnswer>(answer =>
            link.Link.Send(0, FrameKind.WithdrawalAnswer, new WithdrawalAnswer
            {
                Number = (ulong)number,
                Accepted = answer.Refusal == LedgerRefusal.None,
                Reason = answer.Text,
            }, end: false))));
    }

    internal static ReplyTo<TReply> Answer<TReply>(Action<TReply> send) => new(new SendingSink<TReply>(send), 0);

    private static PurseSet TermsOf(PurseUpdate update, ClientLink link)
    {
        PurseSet terms = new()
        {
            Account = ByteString.CopyFrom(link.Account.Value.AsSpan()),
            Purse = BinaryPrimitives.ReadUInt64BigEndian(update.Purse.Span),
            Budget = update.BudgetNanoTon,
            ExpiresUnixMs = (long)Math.Min(update.ExpiresUnixSeconds, long.MaxValue / 1000) * 1000,
            Closed = update.Closed,
            MinuteLimit = (int)Math.Min(update.RequestsPerMinuteMax, int.MaxValue),
            ConcurrentLimit = (int)Math.Min(update.ConcurrentMax, int.MaxValue),
            Label = update.Label,
        };
        terms.Models.AddRange(update.Models);
        return terms;
    }

    private static void SendBalance(ILink link, BalanceQuery query, BalanceAnswer answer)
        => link.Send(0, FrameKind.Balance, new Balance
        {
            Query = query.Query,
            Stream = answer.Head.Stream.Number,
            Sequence = (ulong)answer.Head.Sequence,
            ChainHash = ByteString.CopyFrom(answer.Head.Chain.AsSpan()),
            AvailableNanoTon = (answer.Balance - answer.Reserved).Value,
            ReservedNanoTon = answer.Reserved.Value,
            SettledNanoTon = answer.Settled.Value,
            CeilingSequence = (ulong)answer.CeilingSequence,
            CeilingNanoTon = answer.Ceiling?.Value ?? 0,
            Ceiling = answer.SignedCeiling,
        }, end: false);

    private static void SendCeiling(ILink link, LedgerAnswer answer, BalanceAnswer balance)
        => link.Send(0, FrameKind.CeilingAnswer, new CeilingAnswer
        {
            Accepted = answer.Refusal == LedgerRefusal.None,
            Sequence = (ulong)balance.CeilingSequence,
            SettledNanoTon = balance.Settled.Value,
            ReservedNanoTon = balance.Reserved.Value,
            Reason = answer.Text,
            Ceiling = answer.Refusal == LedgerRefusal.None ? null : balance.SignedCeiling,
        }, end: false);

    private static void SendPurse(ILink link, PurseUpdate update, LedgerAnswer answer)
        => link.Send(0, FrameKind.PurseAnswer, new PurseAnswer
        {
            Query = update.Query,
            Purse = update.Purse,
            Accepted = answer.Refusal == LedgerRefusal.None,
            Reason = answer.Text,
        }, end: false);

    private static void SendPurses(ILink link, PurseQuery query, IReadOnlyList<PurseStanding> standing)
    {
        Purses purses = new() { Query = query.Query };
        ulong after = query.After.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(query.After.Span) : 0;
        int bytes = 0;
        foreach (PurseStanding purse in standing.Where(purse => purse.Terms.Purse > after))
        {
            PurseState state = new()
            {
                Terms = UpdateOf(purse.Terms),
                SpentNanoTon = purse.Spent.Value,
                ReservedNanoTon = purse.Held.Value,
            };
            bytes += state.CalculateSize() + 8;
            purses.More = bytes > PursesBytesMax;
            if (purses.More)
                break;
            purses.Purses_.Add(state);
        }

        link.Send(0, FrameKind.Purses, purses, end: false);
    }

    private static PurseUpdate UpdateOf(PurseSet terms)
    {
        byte[] purse = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(purse, terms.Purse);
        PurseUpdate update = new()
        {
            Purse = UnsafeByteOperations.UnsafeWrap(purse),
            BudgetNanoTon = terms.Budget,
            ExpiresUnixSeconds = (ulong)(terms.ExpiresUnixMs / 1000),
            Closed = terms.Closed,
            RequestsPerMinuteMax = (uint)terms.MinuteLimit,
            ConcurrentMax = (uint)terms.ConcurrentLimit,
            Label = terms.Label,
        };
        update.Models.AddRange(terms.Models);
        return update;
    }

    private static void SendModels(ILink link, ModelsQuery query, FleetView view, ProxySettings settings)
    {
        Models models = new() { Query = query.Query };
        foreach (ModelView model in view.Models)
        {
            if (settings.Prices.Terms(model.Name, model.CoefficientMin > 0 ? model.CoefficientMin : 1000) is not { } terms)
                continue;
            ModelState state = new()
            {
                Name = model.Name,
                Tier = model.Tier,
                Workers = (uint)model.Workers,
                SlotsFree = (uint)model.SlotsFree,
                Slots = (uint)model.Slots,
                ContextTokens = (uint)model.ContextTokens,
                DefaultOutputTokens = (uint)settings.DefaultOutputOf(model.Name),
                Running = (uint)model.Running,
                Waiting = (uint)model.Waiting,
            };
            state.Price.AddRange(terms.Rates.Select(rate => new Price
            {
                UsageClass = (uint)rate.Class,
                NanoTonPerMillion = (long)((Int128)rate.NanoTonPerMillion * terms.CoefficientThousandths / 1000),
            }));
            models.Models_.Add(state);
        }

        link.Send(0, FrameKind.Models, models, end: false);
    }

    private sealed class SendingSink<TReply>(Action<TReply> send) : IReplySink<TReply>
    {
        public void Reply(long ticket, TReply reply) => send(reply);
    }
}

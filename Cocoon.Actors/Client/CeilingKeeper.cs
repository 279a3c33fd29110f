using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Client;

/// <summary>
/// Signs the account's ceiling and knows when it is time for the next. Its sequence is the clock's milliseconds, or one above the newest
/// that the ledger holds: that may be another gateway's, or from before this machine's clock was set back.
/// What the operator says was settled is believed up to the highest total that carries the account's own signature: an honest ledger cannot
/// have settled more. So no word of the operator is worth more than one headroom.
/// </summary>
internal sealed class CeilingKeeper(Scope scope, ISigner account, ISignatureVerifier verifier, NanoTon headroom, TimeSpan lifetime)
{
    /// <summary>No clock comes near it: whoever names a higher one would use up the numbers.</summary>
    private const long SequenceMax = 1L << 52;
    private const int RefusalsMax = 3;

    private readonly Lock gate = new();
    private NanoTon known;
    private NanoTon signedMost;
    private NanoTon sinceSigned;
    private long lastSequence;
    private int refusals;

    /// <summary>What the ledger says was settled over the account's life, and the ceiling that it holds.</summary>
    public void Learn(Balance balance)
    {
        lock (gate)
            LearnLocked(balance.SettledNanoTon, balance.CeilingSequence, balance.Ceiling);
    }

    /// <summary>The ledger's word on a ceiling. True when it refused it and told something that the next one will heed: sign again.</summary>
    public bool Learn(CeilingAnswer answer)
    {
        lock (gate)
        {
            bool isNews = LearnLocked(answer.SettledNanoTon, answer.Sequence, answer.Ceiling);
            refusals = answer.Accepted ? 0 : refusals + 1;
            return !answer.Accepted && isNews && refusals <= RefusalsMax;
        }
    }

    /// <summary>Notes a cost; true when half of the headroom is used up.</summary>
    public bool Spent(NanoTon cost)
    {
        lock (gate)
        {
            NanoTon believed = NanoTon.Max(NanoTon.Zero, NanoTon.Min(cost, signedMost - known));
            known += believed;
            sinceSigned += believed;
            return sinceSigned.Value > headroom.Value / 2;
        }
    }

    /// <summary>A ceiling for what was spent and the headroom, as of <paramref name="now"/>.</summary>
    public CeilingUpdate Sign(DateTimeOffset now)
    {
        Ceiling ceiling;
        lock (gate)
        {
            lastSequence = Math.Max(lastSequence + 1, now.ToUnixTimeMilliseconds());
            sinceSigned = NanoTon.Zero;
            NanoTon total = known + headroom;
            signedMost = NanoTon.Max(signedMost, total);
            ceiling = new Ceiling(scope, AccountId.Of(account.PublicKey), lastSequence, total, (now + lifetime).ToUnixTimeSeconds());
        }

        byte[] statement = ceiling.ToStatement();
        byte[] signature = new byte[64];
        account.Sign(statement, signature);
        return new CeilingUpdate
        {
            Ceiling = new SignedStatement { Statement = ByteString.CopyFrom(statement), Signature = ByteString.CopyFrom(signature) },
        };
    }

    private bool LearnLocked(long settled, ulong sequence, SignedStatement? held)
    {
        NoteSigned(held);
        NanoTon believed = NanoTon.Min(new NanoTon(settled), signedMost);
        bool isNews = believed > known;
        known = NanoTon.Max(known, believed);
        if (sequence > SequenceMax || (long)sequence <= lastSequence)
            return isNews;
        lastSequence = (long)sequence;
        return true;
    }

    /// <summary>A ceiling of this account that another of its gateways signed, or this one in an earlier life.</summary>
    private void NoteSigned(SignedStatement? held)
    {
        if (held is null || !Ceiling.TryRead(held.Statement.Span, out Ceiling ceiling) || ceiling.Total <= signedMost)
            return;
        if (ceiling.Scope == scope && ceiling.Account == AccountId.Of(account.PublicKey) && held.IsSignedBy(account.PublicKey, verifier))
            signedMost = ceiling.Total;
    }
}

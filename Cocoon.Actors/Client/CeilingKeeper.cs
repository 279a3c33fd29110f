using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Client;

/// <summary>
/// Signs the account's ceiling and knows when it is time for the next. Its sequence is the clock's milliseconds, or one above the newest
/// that the ledger holds: that may be another gateway's, or from before this machine's clock was set back.
/// </summary>
internal sealed class CeilingKeeper(Scope scope, ISigner account, NanoTon headroom, TimeSpan lifetime)
{
    /// <summary>No clock comes near it: whoever names a higher one would use up the numbers.</summary>
    private const long SequenceMax = 1L << 52;
    private const int RefusalsMax = 3;

    private readonly Lock gate = new();
    private NanoTon known;
    private NanoTon sinceSigned;
    private long lastSequence;
    private int refusals;

    /// <summary>What the ledger says was settled over the account's life, and the sequence of the ceiling that it holds.</summary>
    public void Learn(NanoTon settled, ulong sequence)
    {
        lock (gate)
            LearnLocked(settled, sequence);
    }

    /// <summary>The ledger's word on a ceiling. True when it refused it and told something that the next one will heed: sign again.</summary>
    public bool Learn(CeilingAnswer answer)
    {
        lock (gate)
        {
            bool isNews = LearnLocked(new NanoTon(answer.SettledNanoTon), answer.Sequence);
            refusals = answer.Accepted ? 0 : refusals + 1;
            return !answer.Accepted && isNews && refusals <= RefusalsMax;
        }
    }

    /// <summary>Notes a cost; true when half of the headroom is used up.</summary>
    public bool Spent(NanoTon cost)
    {
        lock (gate)
        {
            known += cost;
            sinceSigned += cost;
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
            ceiling = new Ceiling(
                scope,
                AccountId.Of(account.PublicKey),
                lastSequence,
                known + headroom,
                (now + lifetime).ToUnixTimeSeconds());
        }

        byte[] statement = ceiling.ToStatement();
        byte[] signature = new byte[64];
        account.Sign(statement, signature);
        return new CeilingUpdate
        {
            Ceiling = new SignedStatement { Statement = ByteString.CopyFrom(statement), Signature = ByteString.CopyFrom(signature) },
        };
    }

    private bool LearnLocked(NanoTon settled, ulong sequence)
    {
        bool isNews = settled > known;
        known = NanoTon.Max(known, settled);
        if (sequence > SequenceMax || (long)sequence <= lastSequence)
            return isNews;
        lastSequence = (long)sequence;
        return true;
    }
}

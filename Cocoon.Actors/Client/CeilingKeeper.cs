using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Actors.Client;

/// <summary>Signs the account's ceiling and knows when it is time for the next. The sequence is the clock's milliseconds, so it rises over restarts.</summary>
internal sealed class CeilingKeeper(Scope scope, ISigner account, NanoTon headroom, TimeSpan lifetime)
{
    private readonly Lock gate = new();
    private NanoTon known;
    private NanoTon sinceSigned;
    private long lastSequence;

    /// <summary>What the ledger says was settled over the account's life.</summary>
    public void Learn(NanoTon settled)
    {
        lock (gate)
            known = NanoTon.Max(known, settled);
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
}

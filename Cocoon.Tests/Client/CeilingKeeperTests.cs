using Cocoon.Actors.Client;
using Cocoon.Client.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Client;

/// <summary>What a client signs for after an operator said what was settled: its words are worth one headroom each, however large.</summary>
public sealed class CeilingKeeperTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly NanoTon Headroom = new(1000);
    private static readonly NanoTon Much = new(1_000_000_000_000);
    private static readonly Scope Scope = new(NetworkId.Of("test"), default);
    private readonly Ed25519Signer account = new([.. Enumerable.Repeat((byte)1, 32)]);
    private readonly Ed25519Signer stranger = new([.. Enumerable.Repeat((byte)2, 32)]);
    private readonly CeilingKeeper keeper;

    public CeilingKeeperTests() => keeper = Keeper(account);

    public void Dispose()
    {
        account.Dispose();
        stranger.Dispose();
    }

    [Fact]
    public void An_operator_that_shows_no_ceiling_of_ours_is_believed_nothing()
    {
        keeper.Learn(new Balance { SettledNanoTon = Much.Value });
        Assert.Equal(Headroom, Signed());
    }

    [Fact]
    public void A_ceiling_of_another_key_or_operator_proves_nothing()
    {
        keeper.Learn(new Balance { SettledNanoTon = Much.Value, Ceiling = CeilingOf(stranger, Scope, account) });
        keeper.Learn(new Balance { SettledNanoTon = Much.Value, Ceiling = CeilingOf(account, new Scope(NetworkId.Of("other"), default), account) });
        SignedStatement altered = CeilingOf(account, Scope, account).Clone();
        altered.Signature = Google.Protobuf.ByteString.CopyFrom(new byte[64]);
        keeper.Learn(new Balance { SettledNanoTon = Much.Value, Ceiling = altered });
        Assert.Equal(Headroom, Signed());
    }

    [Fact]
    public void What_another_gateway_of_ours_signed_for_may_have_been_settled()
    {
        keeper.Learn(new Balance { SettledNanoTon = 600, Ceiling = CeilingOf(account, Scope, account) });
        Assert.Equal(new NanoTon(1600), Signed());
        keeper.Learn(new Balance { SettledNanoTon = long.MaxValue, Ceiling = CeilingOf(account, Scope, account) });
        Assert.Equal(Much + Headroom, Signed());
    }

    [Fact]
    public void A_refusal_or_a_cost_that_is_made_up_is_worth_one_headroom()
    {
        Assert.Equal(Headroom, Signed());
        Assert.True(keeper.Learn(new CeilingAnswer { SettledNanoTon = Much.Value, Reason = "below what is settled" }));
        Assert.Equal(Headroom + Headroom, Signed());
        Assert.True(keeper.Spent(new NanoTon(long.MaxValue)));
        Assert.Equal(Headroom + Headroom + Headroom, Signed());
    }

    private static CeilingKeeper Keeper(Ed25519Signer account) => new(Scope, account, new Ed25519Verifier(), Headroom, TimeSpan.FromDays(1));

    private NanoTon Signed()
    {
        Assert.True(Ceiling.TryRead(keeper.Sign(Now).Ceiling.Statement.Span, out Ceiling ceiling));
        return ceiling.Total;
    }

    private static SignedStatement CeilingOf(Ed25519Signer signer, Scope scope, Ed25519Signer of)
        => Statements.Sign(signer, new Ceiling(scope, AccountId.Of(of.PublicKey), 5, Much, Now.ToUnixTimeSeconds() + 1000).ToStatement());
}

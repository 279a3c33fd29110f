using Cocoon.Client.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Cocoon.Tests.Protocol.Link;
using Google.Protobuf;

namespace Cocoon.Tests.Protocol.Identity;

public class StatementTests
{
    private static readonly Ed25519Verifier Verifier = new();
    private static readonly Ceiling Ceiling = new(Ends.Scope, AccountId.Of(Ends.Account.PublicKey), 7, new NanoTon(5_000_000_000), 1_800_000_000);
    private static readonly PayoutAddress Payout = new(Ends.Scope, Ends.Account.PublicKey, Ends.Node.PublicKey, 3, -1, Ends.Hash("wallet"));
    private static readonly NodeCertificate Certificate = new(Ends.Scope, Ends.Node.PublicKey, 1, 2000);
    private static readonly KeySuccession Succession = new(Ends.Scope, KeyKind.Node, Ends.Node.PublicKey, Ends.Account.PublicKey, 5000);

    [Fact]
    public void A_ceiling_has_its_fixed_layout_and_fits_a_TON_cell()
    {
        byte[] bytes = Ceiling.ToStatement();
        Assert.Equal(124, bytes.Length);
        Assert.InRange(bytes.Length, 1, 127);
        string expected = "43434c31" + Ends.Scope.Network + Ends.Scope.Operator + AccountId.Of(Ends.Account.PublicKey)
            + "0000000000000007" + "000000012a05f200" + "000000006b49d200";
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
        Assert.True(Ceiling.TryRead(bytes, out Ceiling read));
        Assert.Equal(Ceiling, read);
    }

    [Fact]
    public void A_ceiling_counts_for_its_operator_network_and_account_only()
    {
        SignedStatement signed = Statements.Sign(Ends.Account, Ceiling.ToStatement());
        Assert.True(Ceiling.TryVerify(signed, Ends.Scope, Ends.Account.PublicKey, Verifier, out Ceiling read));
        Assert.Equal(Ceiling, read);
        Assert.False(Ceiling.TryVerify(signed, Ends.Scope with { Network = NetworkId.Of("other") }, Ends.Account.PublicKey, Verifier, out _));
        Assert.False(Ceiling.TryVerify(signed, Ends.Scope with { Operator = Ends.Node.PublicKey }, Ends.Account.PublicKey, Verifier, out _));
        Assert.False(Ceiling.TryVerify(signed, Ends.Scope, Ends.Node.PublicKey, Verifier, out _));
        Assert.False(Ceiling.TryVerify(Statements.Sign(Ends.Node, Ceiling.ToStatement()), Ends.Scope, Ends.Account.PublicKey, Verifier, out _));
        Assert.False(Ceiling.TryVerify(null, Ends.Scope, Ends.Account.PublicKey, Verifier, out _));
    }

    [Fact]
    public void A_payout_address_needs_its_owner_and_its_worker()
    {
        SignedStatement signed = Statements.Sign(Ends.Account, Payout.ToStatement());
        Assert.True(PayoutAddress.TryVerify(signed, Ends.Scope, Ends.Node.PublicKey, Verifier, out PayoutAddress read));
        Assert.Equal(Payout, read);
        Assert.False(PayoutAddress.TryVerify(signed, Ends.Scope, Ends.Account.PublicKey, Verifier, out _));
        Assert.False(PayoutAddress.TryVerify(Statements.Sign(Ends.Node, Payout.ToStatement()), Ends.Scope, Ends.Node.PublicKey, Verifier, out _));
        Assert.False(PayoutAddress.TryRead((Payout with { Workchain = 5 }).ToStatement(), out _));
    }

    [Fact]
    public void Statements_come_back_and_no_other_length_or_kind_is_taken()
    {
        byte[][] statements =
        [
            Ceiling.ToStatement(), Payout.ToStatement(), Certificate.ToStatement(), Succession.ToStatement(),
            new HelloProof(Ends.Scope, LinkSide.Dialer, Role.Client, default, default, Ends.Channel).ToStatement(),
            new DevelopmentEvidence(Ends.Scope, Role.Worker, Ends.Node.PublicKey, default).ToStatement(),
        ];
        Func<byte[], bool>[] readers =
        [
            bytes => Ceiling.TryRead(bytes, out _), bytes => PayoutAddress.TryRead(bytes, out _),
            bytes => NodeCertificate.TryRead(bytes, out _), bytes => KeySuccession.TryRead(bytes, out _),
        ];
        for (int i = 0; i < readers.Length; i++)
        {
            for (int j = 0; j < statements.Length; j++)
                Assert.Equal(i == j, readers[i](statements[j]));
            Assert.False(readers[i](statements[i][..^1]));
            Assert.False(readers[i]([.. statements[i], 0]));
            Assert.False(readers[i]([]));
        }

        Assert.Equal(statements.Length, statements.Select(one => Convert.ToHexString(one.AsSpan(0, 4))).Distinct().Count());
    }

    [Fact]
    public void Amounts_over_63_bits_are_refused()
    {
        byte[] bytes = Ceiling.ToStatement();
        bytes[^16] = 0x80;
        Assert.False(Ceiling.TryRead(bytes, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => (Ceiling with { Total = new NanoTon(-1) }).ToStatement());
    }

    [Fact]
    public void Any_changed_bit_breaks_a_signature()
    {
        SignedStatement signed = Ends.Certify(Ends.Node.PublicKey, 2000);
        Assert.True(NodeCertificate.TryVerify(signed, Ends.Scope, Ends.Node.PublicKey, 2000, Verifier, out _));
        Assert.False(NodeCertificate.TryVerify(signed, Ends.Scope, Ends.Node.PublicKey, 2001, Verifier, out _));
        for (int at = 0; at < signed.Signature.Length; at++)
        {
            byte[] changed = signed.Signature.ToByteArray();
            changed[at] ^= 1;
            SignedStatement forged = new() { Statement = signed.Statement, Signature = ByteString.CopyFrom(changed) };
            Assert.False(forged.IsSignedBy(Ends.Operator.PublicKey, Verifier));
        }

        Assert.False(new SignedStatement { Statement = signed.Statement }.IsSignedBy(Ends.Operator.PublicKey, Verifier));
    }
}

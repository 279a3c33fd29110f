using Cocoon.Protocol.V1;

namespace Cocoon.Protocol.Identity;

/// <summary>
/// Where a worker's pay goes. Layout (176 bytes): tag, network, operator, owner key (32), worker key (32), sequence (8), workchain (4, two's
/// complement), account (32). Signed by the owner, never by the worker: whoever takes a worker's machine cannot take its pay.
/// </summary>
/// <param name="Scope">Network and operator.</param>
/// <param name="Owner">The owner's key.</param>
/// <param name="Worker">The worker's key.</param>
/// <param name="Sequence">The highest one counts, after the operator's delay.</param>
/// <param name="Workchain">TON workchain, 0 or -1.</param>
/// <param name="Address">TON account within it.</param>
public sealed record PayoutAddress(Scope Scope, PublicKey Owner, PublicKey Worker, long Sequence, int Workchain, Bytes32 Address)
{
    /// <summary>Bytes of the layout.</summary>
    public const int Length = 4 + 4 * Bytes32.Length + 8 + 4 + Bytes32.Length;

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToStatement()
    {
        byte[] bytes = new byte[Length];
        StatementWriter writer = new StatementWriter(bytes).Head(StatementTag.PayoutAddress, Scope);
        writer.Key(Owner.Value);
        writer.Key(Worker.Value);
        writer.NotNegative(Sequence);
        writer.UInt32((uint)Workchain);
        writer.Key(Address);
        return bytes;
    }

    /// <summary>Reads the layout; false if it is anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> statement, out PayoutAddress payout)
    {
        StatementReader reader = new(statement);
        bool isOne = reader.Head(StatementTag.PayoutAddress, out Scope scope);
        PublicKey owner = new(reader.Key());
        PublicKey worker = new(reader.Key());
        payout = new PayoutAddress(scope, owner, worker, reader.NotNegative(), (int)reader.UInt32(), reader.Key());
        return isOne && reader.Complete && (payout.Workchain is 0 or -1);
    }

    /// <summary>Reads and checks: layout, scope, worker, and the signature of the owner that it names.</summary>
    public static bool TryVerify(SignedStatement? signed, Scope scope, PublicKey worker, ISignatureVerifier verifier, out PayoutAddress payout)
    {
        payout = null!;
        return signed is not null
            && TryRead(signed.Statement.Span, out payout)
            && payout.Scope == scope
            && payout.Worker == worker
            && signed.IsSignedBy(payout.Owner, verifier);
    }
}

namespace Cocoon.Protocol.Identity;

/// <summary>
/// First four bytes of everything that is signed or hashed as a statement, as a big-endian number that reads as ASCII. The tags differ
/// in full, so no statement of one kind is ever one of another.
/// </summary>
public enum StatementTag : uint
{
    /// <summary>No tag.</summary>
    None = 0,

    /// <summary><see cref="Identity.NodeCertificate"/>: <c>CNC1</c>.</summary>
    NodeCertificate = 0x434E_4331,

    /// <summary><see cref="Identity.HelloProof"/>: <c>CHP1</c>.</summary>
    HelloProof = 0x4348_5031,

    /// <summary><see cref="Identity.Ceiling"/>: <c>CCL1</c>.</summary>
    Ceiling = 0x4343_4C31,

    /// <summary><see cref="Identity.PayoutAddress"/>: <c>CPA1</c>.</summary>
    PayoutAddress = 0x4350_4131,

    /// <summary><see cref="Identity.KeySuccession"/>: <c>CKS1</c>.</summary>
    KeySuccession = 0x434B_5331,

    /// <summary><see cref="Identity.DevelopmentEvidence"/>: <c>CDE1</c>.</summary>
    DevelopmentEvidence = 0x4344_4531,

    /// <summary><see cref="Receipts.BatchRoot"/>: <c>CBR1</c>.</summary>
    BatchRoot = 0x4342_5231,

    /// <summary><see cref="Receipts.ReceiptLeaf"/>: <c>CRL1</c>.</summary>
    ReceiptLeaf = 0x4352_4C31,

    /// <summary><see cref="Receipts.RelayedHash"/>: <c>CRH1</c>.</summary>
    RelayedHash = 0x4352_4831,

    /// <summary><see cref="Identity.WalletRegistration"/>: <c>CWR1</c>.</summary>
    WalletRegistration = 0x4357_5231,

    /// <summary><see cref="Identity.WithdrawalRequest"/>: <c>CWD1</c>.</summary>
    WithdrawalRequest = 0x4357_4431,
}

using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Wallets;

/// <summary>A wallet: a contract that sends what its owner signs.</summary>
public abstract class WalletContract
{
    /// <summary>The wallet id of v3 and v4 wallets in the basechain; other workchains add their number (TON documentation, "Wallets").</summary>
    public const uint DefaultWalletId = 698_983_191;

    private protected WalletContract(Bits256 publicKey, int workchain, StateInit init)
    {
        PublicKey = publicKey;
        Init = init;
        Address = init.ContractAddress(workchain);
    }

    /// <summary>The owner's Ed25519 public key.</summary>
    public Bits256 PublicKey { get; }

    /// <summary>The state in which the wallet is deployed.</summary>
    public StateInit Init { get; }

    /// <summary>The wallet's address.</summary>
    public Address Address { get; }

    /// <summary>The external message that brings a signed body to the wallet.</summary>
    /// <param name="body">A signed body.</param>
    /// <param name="deploy">Whether to send the initial state along: needed until the wallet is active, harmless after.</param>
    public Message CreateExternal(Cell body, bool deploy = false) => Message.ExternalIn(Address, body, deploy ? Init : null);

    private protected static uint WalletIdFor(int workchain, uint? walletId) => walletId ?? (uint)(DefaultWalletId + workchain);

    private protected static Cell SignatureFirst(byte[] signature, Cell signed) =>
        CellBuilder.BeginCell().StoreBytes(signature).StoreContent(signed).EndCell();

    private protected static void CheckCount(int count, int max)
    {
        if (count > max)
            throw new ArgumentException($"{count} messages; this wallet sends at most {max} at once", nameof(count));
    }
}

using Cocoon.Actors.Ports;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Money;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Treasury;

/// <summary>One of the operator's wallets with its key, held by this process alone.</summary>
internal sealed class OpenWallet : IDisposable
{
    private readonly FileStream? hold;

    private OpenWallet(WalletContract contract, TreasuryWallet description, Ed25519PrivateKey? key, FileStream? hold)
    {
        (Contract, Description, Key) = (contract, description, key);
        this.hold = hold;
    }

    public WalletContract Contract { get; }

    public TreasuryWallet Description { get; }

    /// <summary>Null for a wallet that is only watched.</summary>
    public Ed25519PrivateKey? Key { get; }

    /// <summary>A wallet whose key is at hand already, of tests and the demo. Takes the key over.</summary>
    public static OpenWallet Of(WalletFile file, Ed25519PrivateKey key, int requestSeconds = 120) =>
        new(file.Contract, Describe(file, requestSeconds) with { CanSend = true }, key, hold: null);

    /// <summary>
    /// Opens a wallet file for the treasury, and keeps every other process on this machine from doing so. Throws
    /// <see cref="KeyFileException"/> when its file, permissions, kind, network or passphrase are not right, or another process has it.
    /// </summary>
    /// <param name="path">The wallet file.</param>
    /// <param name="network">The network it must be for.</param>
    /// <param name="requestSeconds">V5R1: how long a request is valid.</param>
    /// <param name="canSend">Whether its key is needed.</param>
    /// <param name="passphrase">Asked for a sealed key.</param>
    public static OpenWallet Open(string path, TonNetwork network, int requestSeconds, bool canSend, Func<byte[]> passphrase)
    {
        WalletFile file = Load(path, network);
        TreasuryWallet description = Describe(file, requestSeconds) with { CanSend = canSend };
        FileStream hold = Hold(path);
        try
        {
            return new OpenWallet(file.Contract, description, canSend ? file.OpenKey(path, passphrase) : null, hold);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>A wallet file of which only the address is needed. Throws <see cref="KeyFileException"/>.</summary>
    public static OpenWallet Watch(string path, TonNetwork network, int requestSeconds)
    {
        WalletFile file = Load(path, network);
        return new OpenWallet(file.Contract, Describe(file, requestSeconds) with { CanSend = false }, key: null, hold: null);
    }

    public void Dispose()
    {
        Key?.Dispose();
        hold?.Dispose();
    }

    private static WalletFile Load(string path, TonNetwork network)
    {
        WalletFile file = WalletFile.Load(path);
        return file.Network == network
            ? file
            : throw new KeyFileException($"{path} is a wallet of {file.Network}, treasury.network is {network}: name another wallet or network");
    }

    /// <summary>Throws <see cref="KeyFileException"/> for contracts that send no batches.</summary>
    private static TreasuryWallet Describe(WalletFile file, int requestSeconds)
    {
        WalletAddress address = file.Contract.Address.ToWalletAddress() with { IsTestOnly = file.Network == TonNetwork.Testnet };
        return file.Kind switch
        {
            WalletKind.HighloadV3 => new TreasuryWallet(address, TreasuryWalletKind.HighloadV3, file.TimeoutSeconds),
            WalletKind.V5R1 => new TreasuryWallet(address, TreasuryWalletKind.V5R1, requestSeconds),
            _ => throw new KeyFileException($"a treasury needs a wallet of kind HighloadV3 or V5R1, not {file.Kind}: make one with 'cocoon wallet new'"),
        };
    }

    /// <summary>
    /// Locks a wallet by a file beside it: a second program on this machine that sends from it would stop payouts. Throws
    /// <see cref="KeyFileException"/> when another process holds it.
    /// </summary>
    public static FileStream Hold(string path)
    {
        string hold = path + ".lock";
        try
        {
            return new FileStream(hold, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"another process uses the wallet {path} ({hold} is locked): a wallet serves one service only", fault);
        }
    }
}

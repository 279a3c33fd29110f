using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Keys;

/// <summary>Wallet contracts that the program can use.</summary>
internal enum WalletKind
{
    /// <summary>Up to 254 payouts at once, many requests in flight: the treasury's.</summary>
    HighloadV3,

    /// <summary>Up to 255 payouts at once, one request in flight.</summary>
    V5R1,

    /// <summary>Up to 4 at once.</summary>
    V4R2,

    /// <summary>Up to 4 at once.</summary>
    V3R2,
}

/// <summary>TON's networks.</summary>
internal enum TonNetwork
{
    /// <summary>Where coins are worth something.</summary>
    Mainnet,

    /// <summary>Where they are not.</summary>
    Testnet,
}

/// <summary>
/// A TON wallet as a small JSON file: contract, network, address and public key in the clear, the Ed25519 seed in hex or under a passphrase.
/// The words it was made from are not kept.
/// </summary>
internal sealed class WalletFile
{
    private const int Version = 1;
    private const int MaxFileBytes = 8_192;

    private readonly string? seedHex;
    private readonly SealedSeed? sealedSeed;

    private WalletFile(WalletKind kind, TonNetwork network, Bits256 publicKey, int timeoutSeconds, string? seedHex, SealedSeed? sealedSeed)
    {
        (Kind, Network, TimeoutSeconds) = (kind, network, timeoutSeconds);
        (this.seedHex, this.sealedSeed) = (seedHex, sealedSeed);
        Contract = CreateContract(kind, network, publicKey, timeoutSeconds);
    }

    public WalletKind Kind { get; }

    public TonNetwork Network { get; }

    /// <summary>For a highload wallet: how long a request is valid, part of its address. Else 0.</summary>
    public int TimeoutSeconds { get; }

    public WalletContract Contract { get; }

    public bool IsSealed => sealedSeed is not null;

    /// <summary>A wallet of a seed; sealed if a passphrase is given. The caller wipes both.</summary>
    public static WalletFile Create(
        WalletKind kind, TonNetwork network, int timeoutSeconds, ReadOnlySpan<byte> seed, byte[]? passphrase, int iterations = SealedSeed.DefaultIterations)
    {
        using Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
        Bits256 publicKey = new(key.PublicKey);
        int timeout = kind == WalletKind.HighloadV3 ? timeoutSeconds : 0;
        return passphrase is null
            ? new WalletFile(kind, network, publicKey, timeout, Convert.ToHexStringLower(seed), null)
            : new WalletFile(kind, network, publicKey, timeout, null, SealedSeed.Seal(seed, passphrase, Clear(kind, network, publicKey, timeout), iterations));
    }

    /// <summary>Reads and checks a file, its permissions included. Throws <see cref="KeyFileException"/>.</summary>
    public static WalletFile Load(string path)
    {
        PrivateFiles.RequirePrivate(path, "wallet file");
        if (new FileInfo(path).Length > MaxFileBytes)
            throw new KeyFileException($"{path} is larger than a wallet file can be: choose another file");
        try
        {
            return Parse(JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new FormatException("not a JSON object"));
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new KeyFileException($"{path} is not a wallet file: {PrivateFiles.Explain(fault)}. Restore it from a backup, or use 'cocoon wallet import'.", fault);
        }
    }

    /// <summary>The private key. <paramref name="passphrase"/> is asked only for a sealed wallet. Throws <see cref="KeyFileException"/>.</summary>
    public Ed25519PrivateKey OpenKey(string path, Func<byte[]> passphrase)
    {
        byte[] seed = new byte[Ed25519.SeedLength];
        byte[] given = [];
        try
        {
            if (sealedSeed is null)
                Convert.FromHexString(seedHex!, seed, out _, out _);
            else if (!sealedSeed.TryOpen(given = passphrase(), Clear(Kind, Network, Contract.PublicKey, TimeoutSeconds), seed))
                throw new KeyFileException($"{path}: the passphrase is wrong, or the file was changed");
            Ed25519PrivateKey key = Ed25519PrivateKey.FromSeed(seed);
            if (new Bits256(key.PublicKey) == Contract.PublicKey)
                return key;
            key.Dispose();
            throw new KeyFileException($"{path}: the seed is not that of public key {Contract.PublicKey}: restore the file from a backup");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(given);
        }
    }

    /// <summary>Writes a new file with permissions 0600; throws <see cref="KeyFileException"/> if there is one already.</summary>
    public void Save(string path)
    {
        JsonObject json = new()
        {
            ["version"] = Version,
            ["wallet"] = Kind.ToString().ToLowerInvariant(),
            ["network"] = Network.ToString().ToLowerInvariant(),
            ["timeoutSeconds"] = TimeoutSeconds,
            ["publicKey"] = Contract.PublicKey.ToString(),
            ["address"] = Contract.Address.ToRawString(),
        };
        if (sealedSeed is null)
            json["seed"] = seedHex;
        else
            json["sealed"] = SealedSeedJson.Write(sealedSeed);
        PrivateFiles.Create(path, json.ToJsonString(JsonSerializerOptions.Default) + "\n");
    }

    private static WalletFile Parse(JsonObject json)
    {
        if ((int?)json["version"] != Version)
            throw new FormatException($"version {json["version"]}, this program reads {Version}");
        if (!Enum.TryParse((string?)json["wallet"], ignoreCase: true, out WalletKind kind) || !Enum.IsDefined(kind))
            throw new FormatException($"unknown wallet '{json["wallet"]}'");
        if (!Enum.TryParse((string?)json["network"], ignoreCase: true, out TonNetwork network) || !Enum.IsDefined(network))
            throw new FormatException($"unknown network '{json["network"]}'");
        Bits256 publicKey = Bits256.ParseHex((string?)json["publicKey"] ?? "");
        string? seed = (string?)json["seed"];
        SealedSeed? hidden = json["sealed"] is JsonObject sealedJson ? SealedSeedJson.Read(sealedJson) : null;
        if (seed is null == hidden is null)
            throw new FormatException("it must have either a seed or a sealed one");
        if (seed is not null)
            Bits256.ParseHex(seed);
        WalletFile file = new(kind, network, publicKey, (int?)json["timeoutSeconds"] ?? 0, seed, hidden);
        return file.Contract.Address == Address.ParseRaw((string?)json["address"] ?? "")
            ? file
            : throw new FormatException("its address is not the one of its key and contract");
    }

    private static WalletContract CreateContract(WalletKind kind, TonNetwork network, Bits256 publicKey, int timeoutSeconds) => kind switch
    {
        WalletKind.HighloadV3 => new HighloadWalletV3(publicKey, timeoutSeconds),
        WalletKind.V5R1 => new WalletV5R1(publicKey, network == TonNetwork.Mainnet ? WalletV5R1.Mainnet : WalletV5R1.Testnet),
        WalletKind.V4R2 => new WalletV4R2(publicKey),
        _ => new WalletV3R2(publicKey),
    };

    private static string Clear(WalletKind kind, TonNetwork network, Bits256 publicKey, int timeoutSeconds) =>
        string.Create(CultureInfo.InvariantCulture, $"cocoon wallet {Version} {kind} {network} {timeoutSeconds} {publicKey}");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Client.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Keys;

/// <summary>
/// One identity's key as a small JSON file: kind, public key and dates in the clear, the Ed25519 seed in hex or under a passphrase.
/// </summary>
internal sealed class KeyFile
{
    public const int SeedLength = 32;

    private const int Version = 1;
    private const int MaxFileBytes = 8192;

    private readonly string? seedHex;
    private readonly SealedSeed? sealedSeed;

    private KeyFile(KeyKind kind, PublicKey publicKey, long created, long? ends, string? seedHex, SealedSeed? sealedSeed)
    {
        (Kind, PublicKey, CreatedUnixSeconds, EndsUnixSeconds) = (kind, publicKey, created, ends);
        (this.seedHex, this.sealedSeed) = (seedHex, sealedSeed);
    }

    public KeyKind Kind { get; }

    public PublicKey PublicKey { get; }

    public long CreatedUnixSeconds { get; }

    /// <summary>Last second in which a rotated key holds; null while it is current.</summary>
    public long? EndsUnixSeconds { get; }

    public bool IsSealed => sealedSeed is not null;

    /// <summary>A new random key; sealed if a passphrase is given.</summary>
    public static KeyFile Create(KeyKind kind, long nowUnixSeconds, byte[]? passphrase, int iterations = SealedSeed.DefaultIterations)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(SeedLength);
        try
        {
            using Ed25519Signer signer = new(seed);
            string clear = Clear(kind, signer.PublicKey);
            return passphrase is null
                ? new KeyFile(kind, signer.PublicKey, nowUnixSeconds, null, Convert.ToHexStringLower(seed), null)
                : new KeyFile(kind, signer.PublicKey, nowUnixSeconds, null, null, SealedSeed.Seal(seed, passphrase, clear, iterations));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Reads and checks a file, its permissions included. Throws <see cref="KeyFileException"/>.</summary>
    public static KeyFile Load(string path)
    {
        PrivateFiles.RequirePrivate(path, "key file");
        if (new FileInfo(path).Length > MaxFileBytes)
            throw new KeyFileException($"{path} is larger than a key file can be: choose another file");
        try
        {
            return Parse(JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new FormatException("not a JSON object"));
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new KeyFileException($"{path} is not a key file: {PrivateFiles.Explain(fault)}. Restore it from a backup, or make a key with 'cocoon key new'.", fault);
        }
    }

    /// <summary>The same key with the date at which it ends.</summary>
    public KeyFile EndingAt(long unixSeconds) =>
        new(Kind, PublicKey, CreatedUnixSeconds, unixSeconds, seedHex, sealedSeed);

    /// <summary>
    /// The private key, ready to sign. <paramref name="passphrase"/> is asked only for a sealed key. Throws <see cref="KeyFileException"/> for a
    /// wrong passphrase, or a seed that is not the public key's.
    /// </summary>
    public Ed25519Signer OpenSigner(string path, Func<byte[]> passphrase)
    {
        byte[] seed = new byte[SeedLength];
        byte[] given = [];
        try
        {
            if (sealedSeed is null)
                Convert.FromHexString(seedHex!, seed, out _, out _);
            else if (!sealedSeed.TryOpen(given = passphrase(), Clear(Kind, PublicKey), seed))
                throw new KeyFileException($"{path}: the passphrase is wrong, or the file was changed");
            Ed25519Signer signer = new(seed);
            if (signer.PublicKey == PublicKey)
                return signer;
            signer.Dispose();
            throw new KeyFileException($"{path}: the seed is not that of public key {PublicKey}: restore the file from a backup");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(given);
        }
    }

    /// <summary>Writes a new file with permissions 0600; throws <see cref="KeyFileException"/> if there is one already.</summary>
    public void Save(string path) => PrivateFiles.Create(path, ToText());

    /// <summary>Takes the place of the file at <paramref name="path"/>.</summary>
    public void Replace(string path) => PrivateFiles.Replace(path, ToText());

    private string ToText() => ToJson().ToJsonString(JsonSerializerOptions.Default) + "\n";

    private JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["version"] = Version,
            ["kind"] = Kind.ToString().ToLowerInvariant(),
            ["publicKey"] = PublicKey.ToString(),
            ["createdUnixSeconds"] = CreatedUnixSeconds,
        };
        if (EndsUnixSeconds is { } ends)
            json["endsUnixSeconds"] = ends;
        if (sealedSeed is null)
        {
            json["seed"] = seedHex;
            return json;
        }

        json["sealed"] = SealedSeedJson.Write(sealedSeed);
        return json;
    }

    private static KeyFile Parse(JsonObject json)
    {
        if ((int?)json["version"] != Version)
            throw new FormatException($"version {json["version"]}, this program reads {Version}");
        if (!Enum.TryParse((string?)json["kind"], ignoreCase: true, out KeyKind kind) || kind == KeyKind.None || !Enum.IsDefined(kind))
            throw new FormatException($"unknown kind '{json["kind"]}'");
        if (!Bytes32.TryParseHex((string?)json["publicKey"], out Bytes32 publicKey))
            throw new FormatException("publicKey is not 64 hexadecimal digits");
        long created = (long?)json["createdUnixSeconds"] ?? throw new FormatException("createdUnixSeconds is missing");
        string? seed = (string?)json["seed"];
        SealedSeed? hidden = json["sealed"] is JsonObject sealedJson ? SealedSeedJson.Read(sealedJson) : null;
        if (seed is null == hidden is null)
            throw new FormatException("it must have either a seed or a sealed one");
        if (seed is not null && !Bytes32.TryParseHex(seed, out _))
            throw new FormatException("seed is not 64 hexadecimal digits");
        return new KeyFile(kind, new PublicKey(publicKey), created, (long?)json["endsUnixSeconds"], seed, hidden);
    }

    private static string Clear(KeyKind kind, PublicKey publicKey) =>
        string.Create(CultureInfo.InvariantCulture, $"cocoon key {Version} {kind} {publicKey}");
}

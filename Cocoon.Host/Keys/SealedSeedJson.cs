using System.Text.Json.Nodes;

namespace Cocoon.Host.Keys;

/// <summary>How a sealed seed stands in a key or wallet file.</summary>
internal static class SealedSeedJson
{
    private const string Cipher = "aes-256-gcm";
    private const string Derivation = "pbkdf2-hmac-sha512";

    public static JsonObject Write(SealedSeed seed) => new()
    {
        ["cipher"] = Cipher,
        ["derivation"] = Derivation,
        ["iterations"] = seed.Iterations,
        ["salt"] = Convert.ToHexStringLower(seed.Salt),
        ["nonce"] = Convert.ToHexStringLower(seed.Nonce),
        ["seed"] = Convert.ToHexStringLower(seed.Cipher),
    };

    /// <summary>Reads and checks; throws <see cref="FormatException"/>.</summary>
    public static SealedSeed Read(JsonObject json)
    {
        if ((string?)json["cipher"] != Cipher || (string?)json["derivation"] != Derivation)
            throw new FormatException($"sealed by {json["cipher"]} and {json["derivation"]}, which this program does not know");
        byte[] Hex(string name) => Convert.FromHexString((string?)json[name] ?? throw new FormatException($"sealed.{name} is missing"));
        SealedSeed hidden = new((int?)json["iterations"] ?? 0, Hex("salt"), Hex("nonce"), Hex("seed"));
        return hidden.IsWellFormed ? hidden : throw new FormatException("a sealed value has the wrong length, or iterations are out of range");
    }
}

using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Cocoon.Ton.Crypto;

/// <summary>
/// Phrases of words that stand for a key, as TON's wallets make them (tonlib, <c>tonlib/keys/Mnemonic.cpp</c>). The words are those of
/// BIP-39, the rest is not: a phrase of one kind is almost never valid as the other.
/// </summary>
public static class Mnemonic
{
    /// <summary>Words of a phrase that TON's wallets accept.</summary>
    public const int DefaultWordCount = 24;

    private const int KeyIterations = 100_000;
    private const int VersionIterations = 390;
    private const int HashLength = 64;

    private static readonly string[] Words = ReadWords();
    private static readonly FrozenSet<string> KnownWords = Words.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The 2,048 words, in order.</summary>
    public static IReadOnlyList<string> WordList => Words;

    /// <summary>
    /// Draws a new phrase. Takes about a tenth of a second, and some seconds with a password, because only one phrase in 256 is valid.
    /// </summary>
    /// <param name="wordCount">Number of words, 8 to 48; wallets expect 24.</param>
    /// <param name="password">A password that the phrase shall need, or null.</param>
    public static string[] Generate(int wordCount = DefaultWordCount, string? password = null)
    {
        if (wordCount is < 8 or > 48)
            throw new ArgumentOutOfRangeException(nameof(wordCount), wordCount, "a phrase has 8 to 48 words");
        string[] phrase = new string[wordCount];
        do
        {
            for (int index = 0; index < phrase.Length; index++)
                phrase[index] = Words[RandomNumberGenerator.GetInt32(Words.Length)];
        }
        while (!HasValidVersion(phrase, password));
        return phrase;
    }

    /// <summary>Splits text at white space into a phrase: words in lower case, nothing else.</summary>
    public static string[] Split(string text) =>
        [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => word.ToLowerInvariant())];

    /// <summary>Whether the words are known and the phrase is one that TON's wallets would make (with this password, if any).</summary>
    public static bool IsValid(IReadOnlyList<string> phrase, string? password = null)
    {
        string[] words = Normalize(phrase);
        return words.Length > 0 && Array.TrueForAll(words, KnownWords.Contains) && HasValidVersion(words, password);
    }

    /// <summary>The key of a phrase. Takes a tenth of a second: keep it. Does not ask whether the phrase is valid.</summary>
    public static Ed25519PrivateKey ToPrivateKey(IReadOnlyList<string> phrase, string? password = null)
    {
        byte[] seed = ToSeed(phrase, password);
        try
        {
            return Ed25519PrivateKey.FromSeed(seed.AsSpan(0, Ed25519.SeedLength));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>The 64 bytes that a phrase stands for; the first 32 are the Ed25519 seed. Wipe them after use.</summary>
    public static byte[] ToSeed(IReadOnlyList<string> phrase, string? password = null) =>
        Derive(Normalize(phrase), password, "TON default seed", KeyIterations);

    /// <summary>The 64 bytes from which hierarchical keys are derived. Wipe them after use.</summary>
    public static byte[] ToHdSeed(IReadOnlyList<string> phrase, string? password = null) =>
        Derive(Normalize(phrase), password, "TON HD Keys seed", KeyIterations);

    internal static byte[] ToEntropy(IReadOnlyList<string> phrase, string? password) => Entropy(Normalize(phrase), password);

    private static bool HasValidVersion(string[] words, string? password)
    {
        if (!string.IsNullOrEmpty(password) && !NeedsPassword(words))
            return false;
        return IsBasic(words, password);
    }

    private static bool NeedsPassword(string[] words) =>
        Derive(words, null, "TON fast seed version", 1)[0] == 1 && !IsBasic(words, null);

    private static bool IsBasic(string[] words, string? password) =>
        Derive(words, password, "TON seed version", VersionIterations)[0] == 0;

    private static byte[] Derive(string[] words, string? password, string salt, int iterations)
    {
        byte[] entropy = Entropy(words, password);
        try
        {
            return Rfc2898DeriveBytes.Pbkdf2(entropy, Encoding.UTF8.GetBytes(salt), iterations, HashAlgorithmName.SHA512, HashLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(entropy);
        }
    }

    private static byte[] Entropy(string[] words, string? password)
    {
        byte[] key = Encoding.UTF8.GetBytes(string.Join(' ', words));
        try
        {
            return HMACSHA512.HashData(key, Encoding.UTF8.GetBytes(password ?? ""));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static string[] Normalize(IReadOnlyList<string> phrase) => [.. phrase.Select(word => word.Trim().ToLowerInvariant())];

    private static string[] ReadWords()
    {
        using Stream stream = typeof(Mnemonic).Assembly.GetManifestResourceStream("wordlist.txt")
            ?? throw new InvalidOperationException("the word list is missing from the assembly");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

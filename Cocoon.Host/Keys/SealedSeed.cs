using System.Security.Cryptography;
using System.Text;

namespace Cocoon.Host.Keys;

/// <summary>
/// A 32-byte seed under a passphrase: AES-256-GCM with a key from PBKDF2-HMAC-SHA-512 (RFC 8018). The file's clear fields are authenticated
/// with it, so that a sealed seed cannot be moved to another file.
/// </summary>
/// <param name="Iterations">Rounds of PBKDF2; a file may ask for <see cref="MinIterations"/> to <see cref="MaxIterations"/>.</param>
/// <param name="Salt">16 bytes.</param>
/// <param name="Nonce">12 bytes.</param>
/// <param name="Cipher">32 bytes of seed and 16 of tag.</param>
internal sealed record SealedSeed(int Iterations, byte[] Salt, byte[] Nonce, byte[] Cipher)
{
    /// <summary>About a third of a second on one core, nearly three times OWASP's 210,000 of 2023.</summary>
    public const int DefaultIterations = 600_000;

    public const int MinIterations = 100_000;

    /// <summary>A file that asks for more would only stall its reader.</summary>
    public const int MaxIterations = 20_000_000;

    private const int SaltLength = 16;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>Whether every length and number is in its range.</summary>
    public bool IsWellFormed =>
        Iterations is >= MinIterations and <= MaxIterations
        && Salt.Length == SaltLength && Nonce.Length == NonceLength && Cipher.Length == KeyFile.SeedLength + TagLength;

    public static SealedSeed Seal(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> passphrase, string clear, int iterations = DefaultIterations)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltLength);
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceLength);
        byte[] cipher = new byte[KeyFile.SeedLength + TagLength];
        byte[] key = Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, iterations, HashAlgorithmName.SHA512, 32);
        using (AesGcm aes = new(key, TagLength))
            aes.Encrypt(nonce, seed, cipher.AsSpan(0, KeyFile.SeedLength), cipher.AsSpan(KeyFile.SeedLength), Encoding.UTF8.GetBytes(clear));
        CryptographicOperations.ZeroMemory(key);
        return new SealedSeed(iterations, salt, nonce, cipher);
    }

    /// <summary>Opens into 32 bytes; false for another passphrase or a changed file.</summary>
    public bool TryOpen(ReadOnlySpan<byte> passphrase, string clear, Span<byte> seed)
    {
        byte[] key = Rfc2898DeriveBytes.Pbkdf2(passphrase, Salt, Iterations, HashAlgorithmName.SHA512, 32);
        try
        {
            using AesGcm aes = new(key, TagLength);
            ReadOnlySpan<byte> cipher = Cipher;
            aes.Decrypt(Nonce, cipher[..KeyFile.SeedLength], cipher[KeyFile.SeedLength..], seed, Encoding.UTF8.GetBytes(clear));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}

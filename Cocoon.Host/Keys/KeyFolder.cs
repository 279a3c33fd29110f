using Cocoon.Client.Keys;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Host.Keys;

/// <summary>The keys of one installation: <c>NAME.key</c> is current, <c>NAME.PUBLIC.key</c> (first 16 digits) was rotated out.</summary>
internal sealed class KeyFolder(string folder)
{
    private const string Extension = ".key";
    private const int ShortDigits = 16;

    /// <summary>The file of the current key of that name. Throws <see cref="KeyFileException"/> for a name with other than letters, digits, - and _.</summary>
    public string PathOf(string name)
    {
        if (name.Length is 0 or > 64 || !name.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_'))
            throw new KeyFileException($"'{name}' cannot name a key: use 1 to 64 letters, digits, - and _");
        return Path.Combine(folder, name + Extension);
    }

    /// <summary>Makes a key; its file must not exist yet.</summary>
    public (string Path, KeyFile Key) Create(string name, KeyKind kind, long nowUnixSeconds, byte[]? passphrase)
    {
        string path = PathOf(name);
        if (File.Exists(path))
            throw new KeyFileException($"{path} exists already: choose another --name, or use 'cocoon key rotate'");
        PrivateFiles.EnsureFolder(folder);
        KeyFile key = KeyFile.Create(kind, nowUnixSeconds, passphrase);
        key.Save(path);
        return (path, key);
    }

    /// <summary>All keys, current and rotated, by file name.</summary>
    public IReadOnlyList<(string Path, KeyFile Key)> List() =>
        Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(path => (path, KeyFile.Load(path)))]
            : [];

    /// <summary>
    /// Replaces a key by a new one of the same kind, sealed by the same passphrase if the old one is. The old key stays, in a file of its own, with
    /// its end; the statement of succession is signed by both. A crash in between leaves the old key current.
    /// </summary>
    public KeyRotation Rotate(string name, Scope? scope, NetworkId network, long nowUnixSeconds, long oldEndsUnixSeconds, Func<byte[]> passphrase)
    {
        string path = PathOf(name);
        KeyFile old = KeyFile.Load(path);
        byte[]? secret = old.IsSealed ? passphrase() : null;
        using Ed25519Signer oldSigner = old.OpenSigner(path, () => [.. secret!]);
        KeyFile next = KeyFile.Create(old.Kind, nowUnixSeconds, secret);
        using Ed25519Signer newSigner = next.OpenSigner(path, () => [.. secret!]);

        // An operator's own succession is under its own old key; all others are under the operator they serve.
        Scope under = old.Kind == KeyKind.Operator ? new Scope(network, old.PublicKey)
            : scope ?? throw new KeyFileException($"a key of kind {old.Kind.ToString().ToLowerInvariant()} is known to an operator, whom its succession names: give --operator");
        KeySuccession succession = new(under, old.Kind, old.PublicKey, next.PublicKey, oldEndsUnixSeconds);
        SignedStatement signed = Statements.Sign(oldSigner, succession.ToStatement());
        byte[] byNew = new byte[Statements.SignatureLength];
        newSigner.Sign(signed.Statement.Span, byNew);

        string retired = Path.Combine(folder, $"{name}.{old.PublicKey.ToString()[..ShortDigits]}{Extension}");
        old.EndingAt(oldEndsUnixSeconds).Replace(retired);
        next.Replace(path);
        return new KeyRotation(path, retired, succession, signed, byNew);
    }
}

/// <summary>What a rotation made.</summary>
/// <param name="Path">File of the new key.</param>
/// <param name="RetiredPath">File of the old key.</param>
/// <param name="Succession">The statement, read.</param>
/// <param name="ByOld">The statement and the old key's signature.</param>
/// <param name="SignatureByNew">The new key's signature.</param>
internal sealed record KeyRotation(string Path, string RetiredPath, KeySuccession Succession, SignedStatement ByOld, byte[] SignatureByNew);

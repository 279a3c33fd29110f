using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;

namespace Cocoon.Host.Treasury;

/// <summary>The payout wallet's passphrase from where the configuration says.</summary>
internal static class TreasuryPassphrase
{
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";

    /// <summary>Reads it when called. Throws <see cref="KeyFileException"/>.</summary>
    public static Func<byte[]> Source(PassphraseOptions options)
    {
        if (options.Credential is { } name)
            return () => PassphraseSource.ReadCredential(CredentialPath(name));
        if (options.File is null && options.Descriptor is null)
            return () => throw new KeyFileException("the payout wallet is sealed: name its passphrase by treasury.passphrase.file, .descriptor or .credential");
        return new PassphraseSource(options.File, options.Descriptor, prompt: false).Read;
    }

    private static string CredentialPath(string name)
    {
        string? folder = Environment.GetEnvironmentVariable(CredentialsVariable);
        return string.IsNullOrEmpty(folder)
            ? throw new KeyFileException($"treasury.passphrase.credential is '{name}', but ${CredentialsVariable} is not set: start it by systemd with LoadCredential={name}:FILE")
            : Path.Combine(folder, name);
    }
}

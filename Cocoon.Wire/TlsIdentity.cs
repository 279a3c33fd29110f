using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.V1;

namespace Cocoon.Wire;

/// <summary>
/// This process's TLS certificates: P-256, made here, short-lived, trusted by nobody. They carry no identity; the link's proof binds one to
/// them. Thread safe.
/// </summary>
internal sealed class TlsIdentity(WireOptions options, TimeProvider time) : IDisposable
{
    /// <summary>Tells a TLS server at once that a stranger speaks something else.</summary>
    public static readonly SslApplicationProtocol Alpn = new("cocoon/1");

    // Object identifiers of RFC 5480: id-ecPublicKey, and secp256r1 as it is encoded.
    private const string EllipticCurveKey = "1.2.840.10045.2.1";
    private static readonly byte[] NamedP256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly List<X509Certificate2> retired = [];
    private SslStreamCertificateContext? current;
    private X509Certificate2? certificate;
    private DateTimeOffset renewAt;

    /// <summary>Asks for the dialer's certificate and lets the link decide whether its role needs one.</summary>
    public SslServerAuthenticationOptions ServerOptions() => new()
    {
        ServerCertificateContext = Current(),
        ClientCertificateRequired = true,
        EnabledSslProtocols = WireOptions.Tls,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        ApplicationProtocols = [Alpn],
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = NoChain(),
        RemoteCertificateValidationCallback = (_, remote, _, _) => remote is null || IsShortLivedP256(remote),
    };

    /// <summary>A client shows no certificate: its account's proof alone says who it is, and whom it believes to speak with.</summary>
    public SslClientAuthenticationOptions ClientOptions(Role role) => new()
    {
        TargetHost = "cocoon",
        ClientCertificateContext = role == Role.Client ? null : Current(),
        EnabledSslProtocols = WireOptions.Tls,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        ApplicationProtocols = [Alpn],
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = NoChain(),
        RemoteCertificateValidationCallback = (_, remote, _, _) => IsShortLivedP256(remote),
    };

    /// <summary>What an authenticated stream says of its keys, the same on both ends.</summary>
    public static ChannelKeys ChannelOf(SslStream stream)
    {
        X509Certificate2? local = (X509Certificate2?)stream.LocalCertificate;
        X509Certificate2? remote = (X509Certificate2?)stream.RemoteCertificate;
        (X509Certificate2? dialer, X509Certificate2 listener) = stream.IsServer ? (remote, local!) : (local, remote!);
        return new ChannelKeys(
            dialer is null ? default : HashKey(dialer), HashKey(listener), Bytes32.From(SHA256.HashData(listener.RawData)));
    }

    public void Dispose()
    {
        lock (gate)
        {
            certificate?.Dispose();
            foreach (X509Certificate2 old in retired)
                old.Dispose();
            retired.Clear();
        }
    }

    private static Bytes32 HashKey(X509Certificate2 certificate) =>
        Bytes32.From(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private static X509ChainPolicy NoChain() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.AllFlags,
    };

    private bool IsShortLivedP256(X509Certificate? remote)
    {
        if (remote is not X509Certificate2 presented)
            return false;
        DateTime now = time.GetUtcNow().UtcDateTime;
        return IsP256(presented)
            && presented.NotBefore.ToUniversalTime() <= now + ClockSkew
            && presented.NotAfter.ToUniversalTime() >= now - ClockSkew
            && presented.NotAfter - presented.NotBefore <= TimeSpan.FromDays(8);
    }

    /// <summary>By its names alone: TLS has just checked a signature with it, and opening it once more takes as long as that did.</summary>
    private static bool IsP256(X509Certificate2 certificate) =>
        string.Equals(certificate.GetKeyAlgorithm(), EllipticCurveKey, StringComparison.Ordinal)
        && certificate.GetKeyAlgorithmParameters().AsSpan().SequenceEqual(NamedP256);

    private SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (current is not null && now < renewAt)
                return current;
            // Handshakes that have begun still use the old one.
            if (certificate is not null)
                retired.Add(certificate);
            certificate = Make(now);
            current = SslStreamCertificateContext.Create(certificate, null, offline: true);
            renewAt = now + options.CertificateLife / 2;
            return current;
        }
    }

    private X509Certificate2 Make(DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=cocoon", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        X509Certificate2 made = request.CreateSelfSigned(now - ClockSkew, now + options.CertificateLife);
        if (!OperatingSystem.IsWindows())
            return made;
        // Schannel cannot use a key that was never imported.
        using (made)
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

using Cocoon.Client.Keys;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Tests.Host.Keys;

public sealed class KeyFolderTests : IDisposable
{
    private static readonly NetworkId Network = NetworkId.Of("test");

    private readonly string root = Directory.CreateTempSubdirectory("cocoon-keys").FullName;

    private KeyFolder Folder => new(Path.Combine(root, "keys"));

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Rotation_keeps_the_old_key_with_its_end_and_both_sign_for_it()
    {
        (string path, KeyFile old) = Folder.Create("worker", KeyKind.Worker, 1000, null);
        Scope scope = new(Network, Folder.Create("operator", KeyKind.Operator, 1000, null).Key.PublicKey);
        KeyRotation rotation = Folder.Rotate("worker", scope, Network, 2000, 9000, () => throw new InvalidOperationException());

        KeyFile now = KeyFile.Load(path);
        KeyFile retired = KeyFile.Load(rotation.RetiredPath);
        Assert.NotEqual(old.PublicKey, now.PublicKey);
        Assert.Equal((old.PublicKey, 9000L), (retired.PublicKey, retired.EndsUnixSeconds));
        Assert.Null(now.EndsUnixSeconds);
        using (Ed25519Signer signer = retired.OpenSigner(rotation.RetiredPath, () => []))
            Assert.Equal(old.PublicKey, signer.PublicKey);

        Ed25519Verifier verifier = new();
        Assert.True(KeySuccession.TryVerify(rotation.ByOld, rotation.SignatureByNew, scope, verifier, out KeySuccession succession));
        Assert.Equal(new KeySuccession(scope, KeyKind.Worker, old.PublicKey, now.PublicKey, 9000), succession);
        Assert.False(KeySuccession.TryVerify(rotation.ByOld, rotation.ByOld.Signature.Span, scope, verifier, out _));
        Assert.Equal(["operator.key", $"worker.{old.PublicKey.ToString()[..16]}.key", "worker.key"], Folder.List().Select(one => Path.GetFileName(one.Path)));
    }

    [Fact]
    public void An_operator_key_is_succeeded_under_itself_and_others_need_one()
    {
        (_, KeyFile old) = Folder.Create("operator", KeyKind.Operator, 1000, null);
        Assert.Equal(old.PublicKey, Folder.Rotate("operator", null, Network, 2000, 9000, () => []).Succession.Scope.Operator);
        Folder.Create("node", KeyKind.Node, 1000, null);
        Assert.Contains("--operator", Assert.Throws<KeyFileException>(() => Folder.Rotate("node", null, Network, 2000, 9000, () => [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sealed_key_stays_sealed_by_the_same_passphrase()
    {
        Folder.Create("operator", KeyKind.Operator, 1000, [7, 7]);
        KeyRotation rotation = Folder.Rotate("operator", null, Network, 2000, 9000, () => [7, 7]);
        KeyFile now = KeyFile.Load(rotation.Path);
        Assert.True(now.IsSealed);
        using Ed25519Signer signer = now.OpenSigner(rotation.Path, () => [7, 7]);
        Assert.Equal(now.PublicKey, signer.PublicKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../worker")]
    [InlineData("a b")]
    [InlineData("worker.key")]
    public void A_name_cannot_lead_out_of_the_folder(string name) => Assert.Throws<KeyFileException>(() => Folder.PathOf(name));

    [Fact]
    public void The_folder_is_private_and_an_absent_one_is_empty()
    {
        Assert.Empty(Folder.List());
        Folder.Create("worker", KeyKind.Worker, 1000, null);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(root, "keys")));
        Assert.Throws<KeyFileException>(() => Folder.Create("worker", KeyKind.Worker, 1000, null));
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Client.Keys;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Tests.Host.Keys;

public sealed class KeyFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-keys").FullName;

    private string Path => System.IO.Path.Combine(folder, "worker.key");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_plain_key_comes_back_and_signs()
    {
        KeyFile made = KeyFile.Create(KeyKind.Worker, 1000, null);
        made.Save(Path);
        KeyFile read = KeyFile.Load(Path);
        Assert.Equal((KeyKind.Worker, made.PublicKey, 1000L, null, false), (read.Kind, read.PublicKey, read.CreatedUnixSeconds, read.EndsUnixSeconds, read.IsSealed));
        using Ed25519Signer signer = read.OpenSigner(Path, () => throw new InvalidOperationException("asked for a passphrase"));
        byte[] signature = new byte[64];
        signer.Sign([1, 2, 3], signature);
        Assert.True(new Ed25519Verifier().Verify(made.PublicKey, [1, 2, 3], signature));
    }

    [Fact]
    public void A_sealed_key_opens_with_its_passphrase_only()
    {
        Seal().Save(Path);
        KeyFile read = KeyFile.Load(Path);
        Assert.True(read.IsSealed);
        using Ed25519Signer signer = read.OpenSigner(Path, () => [1, 2, 3]);
        Assert.Equal(read.PublicKey, signer.PublicKey);
        Assert.Contains("passphrase is wrong", Assert.Throws<KeyFileException>(() => read.OpenSigner(Path, () => [1, 2])).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\"seed\":\"" + read.PublicKey, File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind", "node")]
    [InlineData("publicKey", "00")]
    public void A_sealed_seed_is_bound_to_the_file_s_clear_fields(string field, string value)
    {
        Seal().Save(Path);
        Change(json => json[field] = value == "00" ? new string('0', 64) : value);
        KeyFile read = KeyFile.Load(Path);
        Assert.Throws<KeyFileException>(() => read.OpenSigner(Path, () => [1, 2, 3]));
    }

    [Fact]
    public void A_seed_of_another_key_is_noticed()
    {
        KeyFile.Create(KeyKind.Worker, 1000, null).Save(Path);
        Change(json => json["seed"] = new string('1', 64));
        Assert.Contains("not that of public key", Assert.Throws<KeyFileException>(() => KeyFile.Load(Path).OpenSigner(Path, () => [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version", "2")]
    [InlineData("kind", "\"wizard\"")]
    [InlineData("kind", "\"none\"")]
    [InlineData("publicKey", "\"zz\"")]
    [InlineData("createdUnixSeconds", "null")]
    [InlineData("seed", "\"12\"")]
    [InlineData("seed", "null")]
    [InlineData("seed", "{}")]
    public void A_file_out_of_shape_is_refused_with_what_to_do(string field, string value)
    {
        KeyFile.Create(KeyKind.Worker, 1000, null).Save(Path);
        Change(json => json[field] = JsonNode.Parse(value));
        Assert.Contains("cocoon key new", Assert.Throws<KeyFileException>(() => KeyFile.Load(Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iterations", "1")]
    [InlineData("iterations", "2000000000")]
    [InlineData("salt", "\"00\"")]
    [InlineData("nonce", "null")]
    [InlineData("cipher", "\"rot13\"")]
    public void A_seal_out_of_shape_is_refused(string field, string value)
    {
        Seal().Save(Path);
        Change(json => json["sealed"]![field] = JsonNode.Parse(value));
        Assert.Throws<KeyFileException>(() => KeyFile.Load(Path));
    }

    [Fact]
    public void Files_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        KeyFile.Create(KeyKind.Worker, 1000, null).Save(Path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        foreach (UnixFileMode others in new[] { UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.OtherWrite })
        {
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
            Assert.Contains($"chmod 600 {Path}", Assert.Throws<KeyFileException>(() => KeyFile.Load(Path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_is_never_overwritten_by_a_new_key()
    {
        KeyFile.Create(KeyKind.Worker, 1000, null).Save(Path);
        Assert.Throws<KeyFileException>(() => KeyFile.Create(KeyKind.Worker, 1000, null).Save(Path));
        Assert.Equal(["worker.key"], Directory.GetFiles(folder).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public void Missing_and_huge_files_are_refused()
    {
        Assert.Contains("there is no", Assert.Throws<KeyFileException>(() => KeyFile.Load(Path)).Message, StringComparison.Ordinal);
        PrivateFiles.Create(Path, new string('x', 10_000));
        Assert.Throws<KeyFileException>(() => KeyFile.Load(Path));
    }

    [Fact]
    public void A_passphrase_file_must_be_private_and_not_empty()
    {
        string file = System.IO.Path.Combine(folder, "secret");
        PrivateFiles.Create(file, "open sesame\n");
        Assert.Equal("open sesame", Encoding.UTF8.GetString(new PassphraseSource(file, null, false).ReadNew()));
        PrivateFiles.Replace(file, "\n");
        Assert.Throws<KeyFileException>(() => new PassphraseSource(file, null, false).Read());
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Throws<KeyFileException>(() => new PassphraseSource(file, null, false).Read());
    }

    [Fact]
    public void A_passphrase_comes_from_an_open_descriptor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors as numbers");
        string file = System.IO.Path.Combine(folder, "secret");
        PrivateFiles.Create(file, "through the door");
        using FileStream open = File.OpenRead(file);
        int descriptor = (int)open.SafeFileHandle.DangerousGetHandle();
        Assert.Equal("through the door", Encoding.UTF8.GetString(new PassphraseSource(null, descriptor, false).Read()));
        Assert.Throws<KeyFileException>(() => new PassphraseSource(null, 9999, false).Read());
    }

    private static KeyFile Seal() => KeyFile.Create(KeyKind.Worker, 1000, [1, 2, 3], SealedSeed.MinIterations);

    private void Change(Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path))!.AsObject();
        change(json);
        PrivateFiles.Replace(Path, json.ToJsonString());
    }
}

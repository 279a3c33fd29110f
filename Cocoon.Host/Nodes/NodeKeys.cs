using Cocoon.Client.Keys;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Nodes;

/// <summary>A node's keys by the paths of its configuration; what does not exist yet is made, readable by its owner alone.</summary>
internal static class NodeKeys
{
    /// <summary>Opens a key, or makes one without a passphrase. Throws <see cref="KeyFileException"/> when it cannot be used.</summary>
    public static Ed25519Signer OpenOrCreate(string path, KeyKind kind, TextWriter notes)
    {
        if (!File.Exists(path))
        {
            PrivateFiles.EnsureFolder(Path.GetDirectoryName(path)!);
            KeyFile made = KeyFile.Create(kind, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), passphrase: null);
            made.Save(path);
            notes.WriteLine($"made the {kind.ToString().ToLowerInvariant()} key {made.PublicKey} in {path}: keep a copy of this file");
        }

        KeyFile key = KeyFile.Load(path);
        if (key.Kind != kind)
            throw new KeyFileException($"{path} holds a key of kind {key.Kind}, not {kind}: name another file");
        PassphraseSource passphrase = new(file: null, descriptor: null, prompt: key.IsSealed);
        return key.OpenSigner(path, passphrase.Read);
    }
}

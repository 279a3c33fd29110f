using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Nodes;

/// <summary>
/// An operator of the configuration as signed statements name it. One without a key is asked for it at the first connection, and the answer
/// kept in the data folder: from then on another key is refused.
/// </summary>
internal static class OperatorScope
{
    /// <summary>Throws <see cref="IOException"/> when the key is neither configured nor known, and no seed answers.</summary>
    public static async Task<Scope> OfAsync(
        OperatorOptions options, NodeOptions node, ISignatureVerifier verifier, TextWriter notes, CancellationToken cancellationToken)
    {
        NetworkId network = NetworkId.Of(node.NetworkId);
        if (options.Key is not null && Bytes32.TryParseHex(options.Key, out Bytes32 configured))
            return new Scope(network, new PublicKey(configured));
        string pin = PinOf(node, options.Name);
        if (File.Exists(pin))
        {
            return Bytes32.TryParseHex(File.ReadAllText(pin).Trim(), out Bytes32 kept)
                ? new Scope(network, new PublicKey(kept))
                : throw new IOException($"{pin} must hold the operator's key, 64 hexadecimal digits: delete it to ask anew");
        }

        PublicKey found = await AskAsync(options, node, verifier, cancellationToken);
        PrivateFiles.EnsureFolder(Path.GetDirectoryName(pin)!);
        PrivateFiles.Replace(pin, $"{found}\n");
        notes.WriteLine($"operator {options.Name} is {found}, taken from its own word at the first connection and kept in {pin}: compare it with what the operator publishes");
        return new Scope(network, found);
    }

    /// <summary>The file that keeps an operator's key.</summary>
    public static string PinOf(NodeOptions node, string name) =>
        Path.Combine(node.DataFolder, "operators", string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_')) + ".key");

    private static async Task<PublicKey> AskAsync(
        OperatorOptions options, NodeOptions node, ISignatureVerifier verifier, CancellationToken cancellationToken)
    {
        List<string> failures = [];
        foreach (HostPort seed in options.Seeds)
        {
            try
            {
                return await OperatorProbe.IdentifyAsync(seed, node.NetworkId, verifier, cancellationToken);
            }
            catch (IOException failure)
            {
                failures.Add(failure.Message);
            }
        }

        throw new IOException($"operator {options.Name} has no key in the configuration, and cannot be asked for it: {string.Join("; ", failures)}");
    }
}

using System.Globalization;
using System.Text;
using Cocoon.Host.Configuration;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Host.Commands.Workers;

/// <summary>A worker's configuration file as <c>cocoon worker join</c> writes it.</summary>
/// <param name="Path">The file.</param>
/// <param name="DataFolder">Where a new worker keeps its key.</param>
/// <param name="Network">The network's name.</param>
/// <param name="PayoutAddress">The owner's TON address, or null.</param>
/// <param name="Upstream">A server to serve, or null.</param>
/// <param name="ModelFile">A GGUF file to serve, or null.</param>
/// <param name="Coefficient">Price in thousandths.</param>
internal sealed record WorkerFile(
    string Path, string DataFolder, string Network, string? PayoutAddress, string? Upstream, string? ModelFile, int Coefficient)
{
    /// <summary>What an operator is called that was given no name.</summary>
    public static string NameOf(HostPort node) =>
        string.Concat($"{node.Host}-{node.Port}".Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '-'));

    /// <summary>Throws <see cref="ConfigurationException"/> for what the worker would refuse at its start.</summary>
    public void Check()
    {
        List<string> problems = [];
        if (PayoutAddress is not null && !WalletAddress.TryParse(PayoutAddress, out _))
            problems.Add($"--payout-address is '{PayoutAddress}': it must be a TON address in its friendly form (48 characters, UQ... or EQ...)");
        if (Upstream is not null && (!Uri.TryCreate(Upstream, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https")))
            problems.Add($"--upstream is '{Upstream}': it must be an address such as http://127.0.0.1:8000");
        if (ModelFile is not null && !File.Exists(ModelFile))
            problems.Add($"--model-file is '{ModelFile}': there is no such file");
        if (Upstream is not null && ModelFile is not null)
            problems.Add("--upstream and --model-file: a worker serves one of them");
        if (Coefficient is < 1 or > 1_000_000)
            problems.Add($"--coefficient is {Coefficient}: it must be from 1 to 1000000, 1000 for the operator's own price");
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
    }

    /// <summary>Writes or adds the operator, and reads the result as the worker will. An operator that stands there already is left as it is.</summary>
    public WorkerOptions Write(string name, HostPort node, PublicKey key)
    {
        bool isNew = !File.Exists(Path);
        if (!isNew)
        {
            WorkerOptions before = Read();
            if (before.Node.NetworkId != Network)
                throw new IOException($"{Path} is for network '{before.Node.NetworkId}', the operator for '{Network}': write another file with --out");
            if (before.Operators.FirstOrDefault(one => one.Name == name) is { } known)
            {
                return known.Key is null || string.Equals(known.Key, key.ToString(), StringComparison.OrdinalIgnoreCase)
                    ? before
                    : throw new IOException($"{Path} knows '{name}' with the key {known.Key}, the node says {key}: give the operator another --name");
            }
        }

        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) is { } folder)
            Directory.CreateDirectory(folder);
        string entry = $"worker.operators.{Quote(name)} {{ seeds = [{Quote(node.ToString())}], key = {Quote(key.ToString())} }}\n";
        File.AppendAllText(Path, isNew ? Head() + entry : "\n" + entry);
        return Read();
    }

    private string Head()
    {
        StringBuilder text = new();
        text.Append("# Written by cocoon worker join. Every setting and its default: hocon/reference.conf\n");
        text.Append(CultureInfo.InvariantCulture, $"node.name = {Quote(System.IO.Path.GetFileName(DataFolder.TrimEnd('/')))}\n");
        text.Append(CultureInfo.InvariantCulture, $"node.data-folder = {Quote(DataFolder)}\n");
        text.Append(CultureInfo.InvariantCulture, $"network.id = {Quote(Network)}\n\n");
        text.Append(PayoutAddress is null
            ? "# Your TON address. Until it is set, what you earn is kept for you.\n# worker.payout-address = \"UQ...\"\n"
            : $"worker.payout-address = {Quote(PayoutAddress)}\n");
        text.Append(CultureInfo.InvariantCulture, $"worker.coefficient = {Coefficient}\n\n");
        if (Upstream is not null)
            text.Append(CultureInfo.InvariantCulture, $"engine {{ kind = \"upstream\", upstream.url = {Quote(Upstream)} }}\n\n");
        else if (ModelFile is not null)
            text.Append(CultureInfo.InvariantCulture, $"engine.embedded.model-file = {Quote(ModelFile)}\n\n");
        else
            text.Append("# What it serves: by default the small model beside the sources. A GPU's server:\n# engine { kind = \"upstream\", upstream.url = \"http://127.0.0.1:8000\" }\n\n");
        return text.ToString();
    }

    private WorkerOptions Read() => WorkerOptions.Read(CocoonConfiguration.Load(Path, [], CocoonConfiguration.ProcessVariables()).Tree);

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

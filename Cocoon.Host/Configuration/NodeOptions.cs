using Cocoon.Host.Configuration.Hocon;
using Microsoft.Extensions.Logging;

namespace Cocoon.Host.Configuration;

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>What every role needs: sections <c>node</c>, <c>network</c> and <c>log</c>.</summary>
/// <param name="Name">What the node is called in logs and on screens.</param>
/// <param name="DataFolder">Where its durable files are, as a full path.</param>
/// <param name="NetworkId">The network's name, which every signed statement carries: 1 to 64 characters.</param>
/// <param name="LogLevel">The least severe lines written.</param>
/// <param name="LogFormat">How they look.</param>
internal sealed record NodeOptions(string Name, string DataFolder, string NetworkId, LogLevel LogLevel, LogFormat LogFormat)
{
    /// <summary>Reads and checks the sections. Throws <see cref="ConfigurationException"/> with everything wrong.</summary>
    public static NodeOptions Read(HoconObject tree)
    {
        SettingsReader root = new(tree);
        NodeOptions options = Read(root);
        root.ThrowIfWrong();
        return options;
    }

    internal static NodeOptions Read(SettingsReader root)
    {
        SettingsReader node = root.Section("node");
        SettingsReader network = root.Section("network");
        SettingsReader log = root.Section("log");
        string id = network.Text("id");
        if (id.Length > 64)
            network.Problem("id", "must have at most 64 characters");
        return new NodeOptions(
            node.Text("name"), SettingsFiles.Path(node, "data-folder"), id, log.Choice<LogLevel>("level"), log.Choice<LogFormat>("format"));
    }
}

namespace Cocoon.Host.Configuration;

/// <summary>One operator to connect to, as a worker or as a client.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="Seeds">Addresses of any of its nodes, at least one.</param>
/// <param name="Key">Its public key as 64 hexadecimal digits, or null: taken at the first connection and kept.</param>
internal sealed record OperatorOptions(string Name, IReadOnlyList<HostPort> Seeds, string? Key)
{
    internal static OperatorOptions Read(string name, SettingsReader settings)
    {
        IReadOnlyList<HostPort> seeds = settings.Endpoints("seeds");
        if (seeds.Count == 0)
            settings.Problem("seeds", "must name at least one node such as node.example:7700");
        string? key = settings.OptionalText("key");
        if (key is not null && (key.Length != 64 || !key.All(char.IsAsciiHexDigit)))
            settings.Problem("key", "must be 64 hexadecimal digits, or null");
        return new OperatorOptions(name, seeds, key);
    }
}

namespace Cocoon.Host.Configuration;

/// <summary>The configuration cannot be used: every problem found, each with its place and what to do.</summary>
internal sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

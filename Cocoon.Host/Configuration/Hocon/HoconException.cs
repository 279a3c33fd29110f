namespace Cocoon.Host.Configuration.Hocon;

/// <summary>A configuration cannot be used. The message says where, what, and what to do.</summary>
internal sealed class HoconException(HoconOrigin origin, string problem) : Exception($"{origin}: {problem}")
{
    public HoconOrigin Origin { get; } = origin;
}

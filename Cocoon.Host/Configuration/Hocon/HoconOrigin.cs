namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Where a value was written.</summary>
/// <param name="Source">A file's path, or what else it came from (<c>--set</c>, an environment variable).</param>
/// <param name="Line">From 1; 0 where the source has no lines.</param>
/// <param name="Column">In characters, from 1; 0 where the source has no lines.</param>
internal sealed record HoconOrigin(string Source, int Line, int Column)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

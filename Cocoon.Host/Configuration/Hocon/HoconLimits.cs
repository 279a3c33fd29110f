namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Bounds of every loop and allocation of the reader, far above any real configuration.</summary>
/// <param name="FileBytes">Longest file.</param>
/// <param name="Files">Most files read, includes counted each time.</param>
/// <param name="IncludeDepth">Deepest chain of includes.</param>
/// <param name="Depth">Deepest nesting of objects and arrays, and longest chain of substitutions.</param>
/// <param name="Weight">Most values of the result, 64 characters of text counting as one; stops substitutions that multiply.</param>
internal sealed record HoconLimits(
    int FileBytes = 4 << 20,
    int Files = 256,
    int IncludeDepth = 32,
    int Depth = 128,
    long Weight = 200_000);

namespace Cocoon.Host.Configuration.Hocon;

/// <summary>Bounds of every loop and allocation of the reader, far above any real configuration.</summary>
internal static class HoconLimits
{
    /// <summary>Longest file.</summary>
    public const int FileBytes = 4 << 20;

    /// <summary>Most files read, includes counted each time.</summary>
    public const int Files = 256;

    /// <summary>Deepest chain of includes.</summary>
    public const int IncludeDepth = 32;

    /// <summary>Deepest nesting of objects and arrays, and longest chain of substitutions.</summary>
    public const int Depth = 128;

    /// <summary>Most values of the result, 64 characters of text counting as one; stops substitutions that multiply.</summary>
    public const long Weight = 200_000;
}

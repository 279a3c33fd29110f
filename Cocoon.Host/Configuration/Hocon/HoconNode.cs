namespace Cocoon.Host.Configuration.Hocon;

/// <summary>A value as written, its substitutions not yet resolved.</summary>
internal abstract record HoconNode(HoconOrigin Origin);

/// <summary>Text, a number, a boolean, or null.</summary>
internal sealed record HoconScalarNode(HoconOrigin Origin, string Text, bool IsNull) : HoconNode(Origin);

/// <summary>White space between two pieces of a concatenation: part of a string, nothing between arrays or objects.</summary>
internal sealed record HoconSpaceNode(HoconOrigin Origin, string Text) : HoconNode(Origin);

internal sealed record HoconArrayNode(HoconOrigin Origin, IReadOnlyList<HoconNode> Items) : HoconNode(Origin);

/// <summary>The fields in the order written; a key may occur several times.</summary>
internal sealed record HoconObjectNode(HoconOrigin Origin, IReadOnlyList<HoconField> Fields) : HoconNode(Origin);

internal sealed record HoconConcatenationNode(HoconOrigin Origin, IReadOnlyList<HoconNode> Pieces) : HoconNode(Origin);

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Path">The path as written.</param>
/// <param name="Optional">Whether it may be undefined.</param>
/// <param name="Prefixes">Where the files that hold it were included, innermost first: tried before the root.</param>
internal sealed record HoconSubstitutionNode(
    HoconOrigin Origin, HoconPath Path, bool Optional, IReadOnlyList<HoconPath> Prefixes) : HoconNode(Origin);

/// <summary><c>+=</c>: what the field was before, and one more item.</summary>
internal sealed record HoconAppendNode(HoconOrigin Origin, HoconNode Item) : HoconNode(Origin);

internal readonly record struct HoconField(string Key, HoconNode Value);

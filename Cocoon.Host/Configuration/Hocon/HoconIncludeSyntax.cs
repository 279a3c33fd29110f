namespace Cocoon.Host.Configuration.Hocon;

/// <summary>One <c>include</c> line: <c>"x"</c>, <c>file("x")</c> or <c>required(...)</c> around either.</summary>
/// <param name="Name">The file as written.</param>
/// <param name="Required">Whether a missing file is an error.</param>
internal sealed record HoconIncludeSyntax(string Name, bool Required)
{
    /// <summary>Takes the line when the word <c>include</c> is one; null when it is an ordinary key.</summary>
    public static HoconIncludeSyntax? TryTake(HoconScanner scanner)
    {
        if (!scanner.Starts("include\"") && !LooksLikeInclude(scanner))
            return null;
        scanner.TryTake("include");
        scanner.TakeSpaces();
        bool required = scanner.TryTake("required(");
        scanner.TakeSpaces();
        if (scanner.Starts("url(") || scanner.Starts("classpath("))
            throw scanner.Wrong("only files can be included here: write include \"file.conf\" or include file(\"/path/file.conf\")");
        bool file = scanner.TryTake("file(");
        scanner.TakeSpaces();
        if (scanner.Current != '"')
            throw scanner.Wrong("the name of an included file stands in double quotes: include \"file.conf\"");
        string name = scanner.TakeString();
        for (int open = (required ? 1 : 0) + (file ? 1 : 0); open > 0; open--)
        {
            scanner.TakeSpaces();
            if (!scanner.TryTake(")"))
                throw scanner.Wrong("a ) is missing after the name of the included file");
        }

        return new HoconIncludeSyntax(name, required);
    }

    private static bool LooksLikeInclude(HoconScanner scanner) =>
        scanner.FollowsWord("include", "\"", "required(", "file(", "url(", "classpath(");
}

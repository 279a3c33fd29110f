using System.Text.RegularExpressions;

namespace Cocoon.Tests.Repository;

/// <summary>The repository's own rules, checked like any other behaviour.</summary>
public partial class LintTests
{
    private const int FileLinesMax = 400;
    private const int FunctionLinesMax = 70;

    [Fact]
    public void Files_can_be_read_in_one_sitting()
        => AssertNone(SourceTree.CSharp.Select(file => (file, count: SourceTree.Lines(file).Length))
            .Where(found => found.count > FileLinesMax)
            .Select(found => $"{found.file}: {found.count} lines, at most {FileLinesMax}"));

    [Fact]
    public void Functions_do_one_job()
        => AssertNone(SourceTree.CSharp.SelectMany(LongFunctions));

    [Fact]
    public void Nothing_is_left_for_later_without_an_issue()
        => AssertNone(Matches(SourceTree.CSharp, Unfinished()));

    [Fact]
    public void Names_say_what_lives_there()
        => AssertNone(SourceTree.CSharp.Where(file => VagueName().IsMatch(Path.GetFileName(file))));

    [Fact]
    public void No_async_void_no_regions_no_sleeping()
        => AssertNone(Matches(SourceTree.CSharp, BannedConstruct()));

    [Fact]
    public void Libraries_do_not_write_to_the_console()
        => AssertNone(Matches(SourceTree.CSharp.Where(IsLibrary), ConsoleCall()));

    [Fact]
    public void No_floating_point_near_money()
        => AssertNone(Matches(SourceTree.CSharp.Where(IsMoney), FloatingPoint()));

    [Fact]
    public void No_path_of_one_machine_and_no_registry_host()
        => AssertNone(Matches(SourceTree.Files.Where(file => SourceTree.IsText(file) && !file.EndsWith("LintTests.cs", StringComparison.Ordinal)), MachinePath()));

    [Fact]
    public void Test_projects_never_reach_into_production_by_accident()
        => AssertNone(Matches(SourceTree.CSharp.Where(file => !file.StartsWith("Cocoon.Tests/", StringComparison.Ordinal)), TestOnlyUsing()));

    [Theory]
    [InlineData("    public void A()\n    {\n        x();\n    }\n", 0)]
    [InlineData("    public void A()\n    {\nLONG    }\n", 1)]
    [InlineData("    public static int A(\n        int b)\n    {\nLONG    }\n", 1)]
    public void The_function_rule_sees_what_it_should(string source, int found)
    {
        string text = source.Replace("LONG", string.Concat(Enumerable.Repeat("        x();\n", FunctionLinesMax + 1)), StringComparison.Ordinal);
        Assert.Equal(found, LongFunctions("sample", text.Split('\n')).Count());
    }

    private static IEnumerable<string> LongFunctions(string file) => LongFunctions(file, SourceTree.Lines(file));

    /// <summary>The tree is formatted by a tool, so a member's braces stand alone at its own indentation.</summary>
    private static IEnumerable<string> LongFunctions(string file, string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (!MemberStart().IsMatch(lines[i]))
                continue;
            string indent = lines[i][..^lines[i].TrimStart().Length];
            int open = Array.FindIndex(lines, i, Math.Min(8, lines.Length - i), line => line == indent + "{");
            if (open < 0)
                continue;
            int close = Array.FindIndex(lines, open, line => line.StartsWith(indent + "}", StringComparison.Ordinal));
            if (close - open - 1 > FunctionLinesMax)
                yield return $"{file}:{i + 1}: {close - open - 1} lines, at most {FunctionLinesMax}: {lines[i].Trim()}";
        }
    }

    private static IEnumerable<string> Matches(IEnumerable<string> files, Regex rule)
        => from file in files
           from line in SourceTree.Lines(file).Select((text, index) => (text, number: index + 1))
           where rule.IsMatch(line.text)
           select $"{file}:{line.number}: {line.text.Trim()}";

    private static bool IsLibrary(string file)
        => !file.StartsWith("Cocoon.Host/", StringComparison.Ordinal)
            && !file.StartsWith("Cocoon.Tests/", StringComparison.Ordinal)
            && !file.StartsWith("Cocoon.Benchmarks/", StringComparison.Ordinal);

    private static bool IsMoney(string file)
        => file.StartsWith("Cocoon.Protocol/Money/", StringComparison.Ordinal) || file.StartsWith("Cocoon.Actors/Ledger/", StringComparison.Ordinal)
            || file.StartsWith("Cocoon.Actors/Payouts/", StringComparison.Ordinal);

    private static void AssertNone(IEnumerable<string> findings)
    {
        string[] found = [.. findings];
        Assert.True(found.Length == 0, $"{found.Length} finding(s):\n{string.Join('\n', found)}");
    }

    [GeneratedRegex(@"^\s+(public|internal|private|protected|static|async|override)\b(?!.*\b(class|struct|record|interface)\b)[^;=]*\(")]
    private static partial Regex MemberStart();

    [GeneratedRegex(@"\b(T[O]DO|F[I]XME|H[A]CK|NotImplemented[E]xception)\b|Skip\s*=\s*""")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(Utils?|Helpers?|Manager|Common|Misc)\.cs$", RegexOptions.IgnoreCase)]
    private static partial Regex VagueName();

    [GeneratedRegex(@"async v[o]id|^\s*#r[e]gion|Thread\.Sl[e]ep\(")]
    private static partial Regex BannedConstruct();

    [GeneratedRegex(@"\bConsole\.(Write|Read|Error|Out)")]
    private static partial Regex ConsoleCall();

    [GeneratedRegex(@"\b(double|float)\b")]
    private static partial Regex FloatingPoint();

    [GeneratedRegex(@"(?<![\w.$}])/(work|root|home|farm)/[a-z]|/tmp/[a-z]|https?://[a-z0-9.-]*(packages|registry|nuget)[a-z0-9.-]*/", RegexOptions.IgnoreCase)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"^using (Xunit|FsCheck)")]
    private static partial Regex TestOnlyUsing();
}

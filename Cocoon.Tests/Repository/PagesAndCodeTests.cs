using System.Buffers.Binary;
using System.Text;
using Cocoon.Protocol.Identity;

namespace Cocoon.Tests.Repository;

/// <summary>What pages list completely, they list as the code has it.</summary>
public sealed class PagesAndCodeTests
{
    [Fact]
    public void Every_tag_of_a_statement_stands_in_the_protocol()
    {
        string page = string.Concat(SourceTree.Lines("docs/protocol.md"));
        StatementTag[] missing = [.. Enum.GetValues<StatementTag>().Where(tag => tag != StatementTag.None && !page.Contains($"`{Letters(tag)}`", StringComparison.Ordinal))];
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_folder_of_the_code_stands_on_the_page()
    {
        string[] page = SourceTree.Lines("docs/architecture.md");
        Assert.Empty(SourceTree.CSharp
            .Select(file => file.Split('/'))
            .Where(parts => parts.Length > 2 && parts[0] is not ("Cocoon.Tests" or "Cocoon.Benchmarks"))
            .Select(parts => (Project: parts[0]["Cocoon.".Length..], Folder: parts[1]))
            .Distinct()
            .Where(room => !page.Any(line => line.StartsWith($"| {room.Project}: ", StringComparison.Ordinal) && line.Contains($"`{room.Folder}`", StringComparison.Ordinal)))
            .Select(room => $"Cocoon.{room.Project}/{room.Folder} is not in the table of folders"));
    }

    private static string Letters(StatementTag tag)
    {
        byte[] letters = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(letters, (uint)tag);
        return Encoding.ASCII.GetString(letters);
    }
}

using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Tests.Host.Configuration;

public sealed class HoconIncludeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cocoon-hocon").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Includes_are_merged_where_they_stand()
    {
        Write("sub/b.conf", "x = 2\ny = ${x}\nz = 3");
        Assert.Equal("{x:2,y:2,z:4}", Read("x = 1\ninclude \"sub/b.conf\"\nz = 4"));
        Assert.Equal("{x:2,y:2,z:3}", Read("include \"sub/b\""));
        Assert.Equal("{x:2,y:2,z:3}", Read($"include file(\"{folder}/sub/b.conf\")"));
        Assert.Equal("{x:2,y:2,z:3}", Read("include required(file(\"sub/b.conf\"))"));
        Assert.Equal("{x:1}", Read("x = 1\ninclude \"missing.conf\""));
    }

    [Fact]
    public void Relative_names_start_at_the_including_file()
    {
        Write("sub/b.conf", "include \"c.conf\"");
        Write("sub/c.conf", "c = 1");
        Assert.Equal("{c:1}", Read("include \"sub/b.conf\""));
    }

    [Fact]
    public void Substitutions_of_an_included_file_are_seen_from_where_it_is_included()
    {
        Write("b.conf", "x = 1\ny = ${x}\nz = ${global}");
        Assert.Equal("{x:0,global:g,a:{b:{x:1,y:1,z:g}}}", Read("x = 0, global = g, a.b { include \"b.conf\" }"));
        Write("c.conf", "inner { include \"b.conf\" }, global = near");
        Assert.Equal("{global:far,a:{inner:{x:1,y:1,z:near},global:near}}", Read("global = far, a { include \"c.conf\" }"));
    }

    [Fact]
    public void Circles_and_floods_are_refused()
    {
        Write("b.conf", "include \"c.conf\"");
        Write("c.conf", "a = 1\n include \"b.conf\"");
        HoconException circle = Assert.Throws<HoconException>(() => Read("include \"b.conf\""));
        Assert.Contains("circle", circle.Message, StringComparison.Ordinal);
        Assert.Contains("c.conf:2:2", circle.Message, StringComparison.Ordinal);

        Write("flat.conf", "a = 1");
        Assert.Throws<HoconException>(() => Read(string.Concat(Enumerable.Repeat("include \"flat.conf\"\n", 300))));

        Write("big.conf", new string('#', (4 << 20) + 1));
        Assert.Contains("longer", Assert.Throws<HoconException>(() => Read("include \"big.conf\"")).Message, StringComparison.Ordinal);

        File.WriteAllBytes(Path.Combine(folder, "binary.conf"), [0xFF, 0xFE, 0x00, 0xC0]);
        Assert.Contains("UTF-8", Assert.Throws<HoconException>(() => Read("include \"binary.conf\"")).Message, StringComparison.Ordinal);

        for (int i = 0; i < 40; i++)
            Write($"deep{i}.conf", $"include \"deep{i + 1}.conf\"");
        Assert.Contains("deeper", Assert.Throws<HoconException>(() => Read("include \"deep0.conf\"")).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Read(string text)
    {
        Write("main.conf", text);
        HoconObjectNode root = new HoconIncludes().ReadFile(Path.Combine(folder, "main.conf"));
        return HoconText.Show(HoconResolver.Resolve([root], _ => null));
    }
}

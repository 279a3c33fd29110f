using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Cocoon.Benchmarks;

/// <summary>What a benchmark found: a table for people, and one JSON object as the last line for machines.</summary>
internal sealed class Report(string title, bool json)
{
    private readonly Table table = new Table().RoundedBorder().Title(title).AddColumns("measure", "here", "floor or peer", "ratio", "to reach");
    private readonly JsonObject figures = [];

    /// <summary>Adds a row; empty cells are fine.</summary>
    public void Row(string measure, string here, string peer = "", string ratio = "", string target = "")
        => table.AddRow(Markup.Escape(measure), Markup.Escape(here), Markup.Escape(peer), Markup.Escape(ratio), Markup.Escape(target));

    /// <summary>Adds a figure to the JSON object.</summary>
    public void Figure(string name, double value) => figures[name] = Math.Round(value, 4);

    /// <summary>Adds a nested figure to the JSON object.</summary>
    public void Figure(string name, JsonNode value) => figures[name] = value;

    /// <summary>Prints the table, then the JSON line if it was asked for.</summary>
    public void Print()
    {
        AnsiConsole.Write(table);
        if (json)
            Console.WriteLine(figures.ToJsonString(JsonSerializerOptions.Default));
    }
}

using System.CommandLine;
using Cocoon.Host.Configuration.Hocon;

namespace Cocoon.Host.Configuration;

/// <summary>The options <c>--config FILE</c> and <c>--set key=value</c> of every command that reads the configuration.</summary>
internal static class ConfigurationArguments
{
    private static readonly Option<string?> File = new("--config", "-c") { HelpName = "file", Description = "The configuration file; without one, the role's file under ./hocon, or the defaults." };

    private static readonly Option<string[]> Set = new("--set")
    {
        HelpName = "key=value",
        Description = "Override one setting. May be given several times.",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Adds the options to a command.</summary>
    public static void AddTo(Command command)
    {
        command.Options.Add(File);
        command.Options.Add(Set);
    }

    /// <summary>
    /// Loads what the options say and reads it as <typeparamref name="T"/>. Null when something is wrong: all of it then stands on
    /// <paramref name="errors"/>, and the command ends with 2.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="read">For example <see cref="ProxyOptions.Read"/>.</param>
    /// <param name="errors">Where problems are written, one a line.</param>
    /// <param name="defaultFile">The file when none is given, if it exists.</param>
    public static T? Load<T>(ParseResult parsed, Func<HoconObject, T> read, TextWriter errors, string? defaultFile = null)
        where T : class
    {
        string? file = parsed.GetValue(File) ?? (System.IO.File.Exists(defaultFile) ? defaultFile : null);
        try
        {
            return read(CocoonConfiguration.Load(file, parsed.GetValue(Set) ?? [], CocoonConfiguration.ProcessVariables()).Tree);
        }
        catch (Exception wrong) when (wrong is HoconException or ConfigurationException)
        {
            errors.WriteLine(wrong.Message);
            return null;
        }
    }
}

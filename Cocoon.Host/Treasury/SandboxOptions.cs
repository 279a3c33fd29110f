using System.Globalization;

namespace Cocoon.Host.Treasury;

/// <summary>How a sandbox chain behaves.</summary>
internal sealed record SandboxOptions
{
    /// <summary>Time between blocks; zero makes a block at every message. 400 ms unless said otherwise.</summary>
    public TimeSpan BlockTime { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>How many of a thousand accepted messages get lost. 0 unless said otherwise.</summary>
    public int LossPermille { get; init; }

    /// <summary>Seed of that chance.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Unix time in seconds at which a clock starts that only <see cref="SandboxProcess.AdvanceAsync"/> moves; null for the wall clock.</summary>
    public long? ManualTime { get; init; }

    /// <summary>File that keeps the chain; null keeps it in memory.</summary>
    public string? StateFile { get; init; }

    /// <summary>Port to listen on; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether more than 30 messages to an address in 10 s are refused, as nodes do.</summary>
    public bool LimitsRate { get; init; }

    /// <summary>The script's arguments.</summary>
    public IReadOnlyList<string> ToArguments()
    {
        List<string> arguments =
        [
            "--with-parent",
            "--block-ms", BlockTime.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            "--drop", (LossPermille / 1000m).ToString(CultureInfo.InvariantCulture),
            "--seed", Seed.ToString(CultureInfo.InvariantCulture),
            "--port", Port.ToString(CultureInfo.InvariantCulture),
        ];
        if (ManualTime is { } time)
            arguments.AddRange(["--clock", "manual", "--time", time.ToString(CultureInfo.InvariantCulture)]);
        if (StateFile is not null)
            arguments.AddRange(["--state", StateFile]);
        if (LimitsRate)
            arguments.Add("--rate-limit");
        return arguments;
    }
}

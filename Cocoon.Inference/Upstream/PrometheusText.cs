using System.Globalization;

namespace Cocoon.Inference.Upstream;

/// <summary>Reads single gauges out of Prometheus' text format.</summary>
internal static class PrometheusText
{
    /// <summary>The sum of a metric over all its labels, rounded; null when it does not occur.</summary>
    public static int? Sum(string text, string metric)
    {
        double? sum = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(metric, StringComparison.Ordinal) || line.Length == metric.Length || line[metric.Length] is not ('{' or ' '))
                continue;
            int labelsEnd = line.LastIndexOf('}');
            ReadOnlySpan<char> rest = line[(labelsEnd < 0 ? metric.Length : labelsEnd + 1)..].Trim();
            int space = rest.IndexOf(' ');
            ReadOnlySpan<char> number = space < 0 ? rest : rest[..space];
            if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
                sum = (sum ?? 0) + value;
        }

        return sum is null ? null : (int)Math.Clamp(Math.Round(sum.Value), 0, int.MaxValue);
    }
}

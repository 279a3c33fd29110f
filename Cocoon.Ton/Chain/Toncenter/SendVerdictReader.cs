using System.Globalization;
using System.Text.RegularExpressions;

namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>Finds in an error's text whether a node answered: refusals of external messages come as errors of the server.</summary>
internal static partial class SendVerdictReader
{
    public static SendResult? Read(ToncenterReply reply)
    {
        // An endpoint that is overloaded or has another trouble did not hand the message to a node.
        if (reply.Code is not (400 or 422 or 500))
            return null;
        string text = reply.Problem;
        if (Says(text, "duplicate message"))
            return new SendResult(SendVerdict.Accepted, null, text);
        if (Says(text, "too many external messages"))
            return new SendResult(SendVerdict.Busy, null, text);
        Match exitCode = ExitCode().Match(text);
        if (exitCode.Success && int.TryParse(exitCode.Groups["code"].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int code))
            return new SendResult(SendVerdict.Rejected, code, text);
        if (Says(text, "cannot apply external message") || Says(text, "message was not accepted"))
            return new SendResult(SendVerdict.Rejected, null, text);
        if (Says(text, "failed to parse external message") || Says(text, "external message too large"))
            return new SendResult(SendVerdict.Malformed, null, text);
        return null;
    }

    private static bool Says(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"exitcode=(?<code>-?\d{1,10})", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ExitCode();
}

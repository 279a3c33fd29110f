using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Client.Network;

/// <summary>Purses on the wire.</summary>
internal static class PurseMessages
{
    /// <summary>Throws <see cref="ArgumentException"/> when the id is not 16 hexadecimal digits.</summary>
    public static PurseUpdate ToUpdate(PurseTerms terms, ulong query)
    {
        if (terms.Id.Length != 16 || !terms.Id.All(char.IsAsciiHexDigit))
            throw new ArgumentException($"'{terms.Id}' is not a purse: it has 16 hexadecimal digits", nameof(terms));
        PurseUpdate update = new()
        {
            Query = query,
            Purse = ByteString.CopyFrom(Convert.FromHexString(terms.Id)),
            BudgetNanoTon = terms.Budget.Value,
            ExpiresUnixSeconds = (ulong)(terms.Expires?.ToUnixTimeSeconds() ?? 0),
            Closed = terms.Closed,
            RequestsPerMinuteMax = (uint)terms.JobsPerMinute,
            ConcurrentMax = (uint)terms.JobsAtOnce,
            Label = terms.Label,
        };
        update.Models.AddRange(terms.Models);
        return update;
    }

    public static PurseInfo ToInfo(PurseState state)
    {
        PurseTerms terms = new()
        {
            Id = Convert.ToHexStringLower(state.Terms.Purse.Span),
            Budget = new NanoTon(state.Terms.BudgetNanoTon),
            Expires = state.Terms.ExpiresUnixSeconds == 0
                ? null
                : DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(state.Terms.ExpiresUnixSeconds, 253_402_300_799)),
            Models = [.. state.Terms.Models],
            JobsPerMinute = (int)Math.Min(state.Terms.RequestsPerMinuteMax, int.MaxValue),
            JobsAtOnce = (int)Math.Min(state.Terms.ConcurrentMax, int.MaxValue),
            Label = state.Terms.Label,
            Closed = state.Terms.Closed,
        };
        return new PurseInfo(terms, new NanoTon(state.SpentNanoTon), new NanoTon(state.ReservedNanoTon));
    }
}

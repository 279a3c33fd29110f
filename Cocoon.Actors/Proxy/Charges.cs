using Cocoon.Protocol.Money;

namespace Cocoon.Actors.Proxy;

/// <summary>How a job, or an attempt at it, ended, as far as the bill depends on it.</summary>
public enum ChargedOutcome
{
    /// <summary>The worker finished.</summary>
    Finished = 1,

    /// <summary>The client cancelled or vanished.</summary>
    Cancelled = 2,

    /// <summary>Worker, deadline or link ended it after the first chunk.</summary>
    Interrupted = 3,

    /// <summary>The attempt failed before anything was relayed.</summary>
    NothingRelayed = 4,

    /// <summary>Another attempt's first chunk was relayed, this one's was not.</summary>
    HedgeLost = 5,
}

/// <summary>Who pays whom. Client = worker + commission, exactly.</summary>
/// <param name="Client">Debited to the client.</param>
/// <param name="Worker">Credited to the worker.</param>
/// <param name="Commission">The operator's; negative when the operator pays.</param>
public readonly record struct Charge(NanoTon Client, NanoTon Worker, NanoTon Commission)
{
    /// <summary>Nothing for anybody.</summary>
    public static readonly Charge None;

    /// <summary>What this cumulative charge adds to an earlier one of the same job: an instalment.</summary>
    public Charge Since(Charge earlier) => new(Client - earlier.Client, Worker - earlier.Worker, Commission - earlier.Commission);
}

/// <summary>
/// Who pays, line by line: the client for prompt and for what was relayed to it, whatever ended the job, and nothing before the first
/// chunk; the worker gets the same less commission; a hedge's loser gets its prompt, out of the operator's pocket. A crash of the proxy
/// settles nothing beyond the last instalment, so it needs no line here.
/// </summary>
public static class Charges
{
    /// <summary>
    /// The cumulative charge. Throws as <see cref="JobTerms.Price"/> does, which usage accepted by a
    /// <see cref="Cocoon.Protocol.Metering.UsageMeter"/> under classes with rates never makes it do.
    /// </summary>
    /// <param name="outcome">How it ended; for an instalment of a running job, <see cref="ChargedOutcome.Finished"/>.</param>
    /// <param name="terms">The price, locked at admission.</param>
    /// <param name="relayed">Usage accepted for what was relayed; of a hedge's loser, its accepted prompt.</param>
    public static Charge Of(ChargedOutcome outcome, JobTerms terms, ReadOnlySpan<UsageAmount> relayed)
    {
        switch (outcome)
        {
            case ChargedOutcome.Finished or ChargedOutcome.Cancelled or ChargedOutcome.Interrupted:
                NanoTon price = terms.Price(relayed);
                NanoTon commission = terms.Commission(price);
                return new Charge(price, price - commission, commission);
            case ChargedOutcome.NothingRelayed:
                return Charge.None;
            case ChargedOutcome.HedgeLost:
                NanoTon prompt = PromptPrice(terms, relayed);
                NanoTon worker = prompt - terms.Commission(prompt);
                return new Charge(NanoTon.Zero, worker, -worker);
            default:
                throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no line of the bill is for this outcome");
        }
    }

    private static NanoTon PromptPrice(JobTerms terms, ReadOnlySpan<UsageAmount> usage)
    {
        Span<UsageAmount> prompt = stackalloc UsageAmount[JobTerms.ClassesMax];
        int count = 0;
        foreach (UsageAmount one in usage)
        {
            if (one.Class is not (UsageClass.Completion or UsageClass.Reasoning) && count < prompt.Length)
                prompt[count++] = one;
        }

        return terms.Price(prompt[..count]);
    }
}

namespace Cocoon.Protocol.Money;

/// <summary>The operator's reference prices: rates by model, and its commission. Immutable; a change is a new table.</summary>
public sealed class PriceTable
{
    private readonly SortedDictionary<string, Rate[]> models = new(StringComparer.Ordinal);

    /// <summary>A table without models.</summary>
    /// <param name="commissionBasisPoints">The operator's part of every price in hundredths of a percent; default 500, which is 5 %.</param>
    public PriceTable(int commissionBasisPoints = 500)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(commissionBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commissionBasisPoints, JobTerms.WholeBasisPoints);
        CommissionBasisPoints = commissionBasisPoints;
    }

    /// <summary>
    /// What the public network charges, in nanoTON per million tokens: prompt 20,000,000, cached 2,000,000, completion and reasoning
    /// 160,000,000.
    /// </summary>
    public static IReadOnlyList<Rate> DefaultRates { get; } =
    [
        new(UsageClass.Prompt, 20_000_000),
        new(UsageClass.Cached, 2_000_000),
        new(UsageClass.Completion, 160_000_000),
        new(UsageClass.Reasoning, 160_000_000),
    ];

    /// <summary>The operator's part of every price in hundredths of a percent.</summary>
    public int CommissionBasisPoints { get; }

    /// <summary>Rates of models that the table does not name; null: those have no price and are not served.</summary>
    public IReadOnlyList<Rate>? AnyModel { get; init; }

    /// <summary>The models, sorted by name.</summary>
    public IEnumerable<string> Models => models.Keys;

    /// <summary>This table with a model added or repriced. Throws <see cref="ArgumentException"/> when <see cref="JobTerms"/> would.</summary>
    public PriceTable With(string model, IReadOnlyList<Rate>? rates = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        Rate[] copy = [.. rates ?? DefaultRates];
        _ = new JobTerms(copy, 1_000, CommissionBasisPoints);
        PriceTable table = new(CommissionBasisPoints) { AnyModel = AnyModel };
        foreach ((string name, Rate[] known) in models)
            table.models[name] = known;
        table.models[model] = copy;
        return table;
    }

    /// <summary>The terms of a job on <paramref name="model"/> at a worker's coefficient; null when the model has no price.</summary>
    public JobTerms? Terms(string model, int coefficientThousandths = 1_000) =>
        (models.TryGetValue(model, out Rate[]? rates) ? rates : AnyModel) is { } known
            ? new JobTerms(known, coefficientThousandths, CommissionBasisPoints)
            : null;
}

namespace Cocoon.Inference.Serving;

/// <summary>What a chooser took.</summary>
/// <param name="Token">The token; it continues the sequence.</param>
/// <param name="Ends">True when the answer ends with it (an end token).</param>
/// <param name="Detail">Whatever the chooser wants to hand along, for example log probabilities.</param>
internal readonly record struct ChosenToken(int Token, bool Ends, object? Detail = null);

/// <summary>
/// Picks the next token of one sequence. Called once per token, in order, on an engine thread (not always the same one);
/// choosers of different sequences run at the same time.
/// </summary>
internal interface ITokenChooser
{
    /// <summary>Picks from raw logits, one per token of the vocabulary; may change them in place, valid only during the call.</summary>
    ChosenToken Choose(Span<float> logits);
}

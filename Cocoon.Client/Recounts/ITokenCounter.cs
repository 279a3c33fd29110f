namespace Cocoon.Client.Recounts;

/// <summary>A model's tokenizer and chat template, where the app has them. Safe for concurrent use.</summary>
public interface ITokenCounter
{
    /// <summary>Tokens of a request's prompt; null for a request that cannot be rendered here.</summary>
    long? CountPrompt(JobRequest request);

    /// <summary>Tokens of a text that the model wrote.</summary>
    long CountText(string text);
}

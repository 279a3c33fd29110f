namespace Cocoon.Inference.Model;

/// <summary>A sound file that this engine cannot run: an architecture, tensor type or shape it does not know. The message names it.</summary>
/// <param name="message">What is not supported and what is.</param>
public sealed class ModelException(string message) : Exception(message);

namespace Cocoon.Actors.Ports;

/// <summary>
/// Remembers over restarts which models a node's workers serve, so that a job which comes before its workers are back waits for them.
/// A hint: what is lost costs a refusal, nothing more. Both calls come from the fleet's turns and must be short.
/// </summary>
public interface IModelMemory
{
    /// <summary>The models as last remembered; empty at the first start.</summary>
    IReadOnlyList<string> Recall();

    /// <summary>Replaces them, in order of name. Never throws: what cannot be kept is forgotten.</summary>
    void Remember(IReadOnlyList<string> models);
}

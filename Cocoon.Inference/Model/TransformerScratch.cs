using System.Runtime.InteropServices;
using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>The buffers of one pass, for up to so many tokens.</summary>
internal sealed unsafe class TransformerScratch : IDisposable
{
    private readonly List<nint> _allocations = [];

    public TransformerScratch(ModelShape shape, int maxTokens, int maxOutputs)
    {
        int queries = shape.Heads * shape.HeadSize, keys = shape.KeyValueHeads * shape.HeadSize;
        int expertTokens = shape.Experts > 0 ? maxTokens * shape.ExpertsUsed : maxTokens;
        Hidden = Floats(maxTokens, shape.Width);
        Queries = Floats(maxTokens, queries);
        Keys = Floats(maxTokens, keys);
        Values = Floats(maxTokens, keys);
        Branch = Floats(expertTokens, shape.Width);
        GateUp = Floats(expertTokens, 2 * shape.FeedForwardWidth);
        RouterScores = Floats(maxTokens, Math.Max(1, shape.Experts));
        Cosines = Floats(maxTokens, shape.HeadSize / 2);
        Sines = Floats(maxTokens, shape.HeadSize / 2);
        Logits = Floats(maxOutputs, shape.VocabularySize);
        Normed = new Activations(maxTokens, shape.Width);
        Attended = new Activations(maxTokens, queries);
        Inner = new Activations(expertTokens, shape.FeedForwardWidth);
        Outputs = new Activations(maxTokens, shape.Width);
        Gathered = shape.Experts > 0 ? new Activations(expertTokens, shape.Width) : Normed;
    }

    public float* Hidden { get; }

    public float* Queries { get; }

    public float* Keys { get; }

    public float* Values { get; }

    public float* Branch { get; }

    /// <summary>32 values of the gate, 32 of what it lets through, in turn.</summary>
    public float* GateUp { get; }

    public float* RouterScores { get; }

    public float* Cosines { get; }

    public float* Sines { get; }

    public float* Logits { get; }

    public Activations Normed { get; }

    public Activations Attended { get; }

    public Activations Inner { get; }

    public Activations Outputs { get; }

    /// <summary>Copies of the vectors that go to experts, expert by expert.</summary>
    public Activations Gathered { get; }

    public void Dispose()
    {
        foreach (nint allocation in _allocations)
            NativeMemory.AlignedFree((void*)allocation);
        _allocations.Clear();
        Normed.Dispose();
        Attended.Dispose();
        Inner.Dispose();
        Outputs.Dispose();
        Gathered.Dispose();
    }

    private float* Floats(int rows, int columns)
    {
        void* memory = NativeMemory.AlignedAlloc(checked((nuint)rows * (nuint)columns * sizeof(float)), 64);
        _allocations.Add((nint)memory);
        return (float*)memory;
    }
}

using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>
/// Which expert computes which token: softmax over all experts, the best few, their weights brought to a sum of one.
/// Vectors are copied together expert by expert, tokens being decoded before tokens of prompts.
/// </summary>
internal sealed unsafe class ExpertRouting
{
    private readonly ModelShape _shape;
    private readonly TransformerScratch _scratch;
    private readonly int[] _chosen;
    private readonly float[] _weights;
    private readonly int[] _placeOf;
    private readonly int[] _tokenAt;
    private readonly (int First, int Decode, int Prompt)[] _places;

    public ExpertRouting(ModelShape shape, TransformerScratch scratch, int maxTokens)
    {
        (_shape, _scratch) = (shape, scratch);
        _chosen = new int[maxTokens * shape.ExpertsUsed];
        _weights = new float[maxTokens * shape.ExpertsUsed];
        _placeOf = new int[maxTokens * shape.ExpertsUsed];
        _tokenAt = new int[maxTokens * shape.ExpertsUsed];
        _places = new (int, int, int)[shape.Experts];
    }

    /// <summary>Vectors for experts, over all tokens.</summary>
    public int Count { get; private set; }

    /// <summary>First vector of an expert, and how many of tokens being decoded and of prompts.</summary>
    public (int First, int Decode, int Prompt) Places(int expert) => _places[expert];

    /// <summary>Chooses experts from the router's scores and lays out their vectors.</summary>
    public void Assign(ForwardBatch batch)
    {
        int used = _shape.ExpertsUsed;
        Array.Clear(_places);
        for (int token = 0; token < batch.Count; token++)
        {
            Choose(token);
            for (int i = token * used; i < (token + 1) * used; i++)
            {
                ref (int First, int Decode, int Prompt) places = ref _places[_chosen[i]];
                places = token < batch.DecodeCount ? places with { Decode = places.Decode + 1 } : places with { Prompt = places.Prompt + 1 };
            }
        }

        Count = batch.Count * used;
        int first = 0;
        int[] next = new int[_shape.Experts];
        for (int expert = 0; expert < _places.Length; expert++)
        {
            next[expert] = first;
            _places[expert].First = first;
            first += _places[expert].Decode + _places[expert].Prompt;
        }

        for (int i = 0; i < Count; i++)
        {
            int place = next[_chosen[i]]++;
            _placeOf[i] = place;
            _tokenAt[place] = i / used;
        }
    }

    /// <summary>Copies the vector that belongs at a place.</summary>
    public void Gather(int place)
    {
        new ReadOnlySpan<float>(_scratch.Normed.Row(_tokenAt[place]), _shape.Width).CopyTo(new Span<float>(_scratch.Gathered.Row(place), _shape.Width));
        _scratch.Gathered.Quantize(place, _shape.Width);
    }

    /// <summary>Adds a token's experts' results to its vector, in the order of their scores.</summary>
    public void AddResults(int token)
    {
        for (int i = token * _shape.ExpertsUsed; i < (token + 1) * _shape.ExpertsUsed; i++)
        {
            VectorMath.AddScaled(
                _scratch.Hidden + ((nint)token * _shape.Width), _scratch.Branch + ((nint)_placeOf[i] * _shape.Width), _weights[i], _shape.Width);
        }
    }

    private void Choose(int token)
    {
        float* scores = _scratch.RouterScores + ((nint)token * _shape.Experts);
        VectorMath.Softmax(scores, _shape.Experts);
        float total = 0;
        for (int choice = 0; choice < _shape.ExpertsUsed; choice++)
        {
            int best = 0;
            for (int expert = 1; expert < _shape.Experts; expert++)
                best = scores[expert] > scores[best] ? expert : best;
            int index = (token * _shape.ExpertsUsed) + choice;
            (_chosen[index], _weights[index]) = (best, scores[best]);
            total += scores[best];
            scores[best] = -1;
        }

        for (int choice = 0; choice < _shape.ExpertsUsed; choice++)
            _weights[(token * _shape.ExpertsUsed) + choice] /= total;
    }
}

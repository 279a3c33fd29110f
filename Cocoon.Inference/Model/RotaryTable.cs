using System.Runtime.Intrinsics;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Model;

/// <summary>
/// Rotary position embedding: one angle per position and pair of values. Scalings: none, linear, YaRN (Peng et al. 2023, constants as in
/// llama.cpp), and Llama 3's per-frequency factors from the tensor <c>rope_freqs.weight</c>.
/// </summary>
internal sealed unsafe class RotaryTable
{
    private readonly double[] _frequencies;
    private readonly float _magnitude = 1;

    public RotaryTable(GgufFile file, ModelShape shape)
    {
        GgufMetadata metadata = file.Metadata;
        string name = metadata.GetString("general.architecture");
        int dimensions = metadata.GetInt32($"{name}.rope.dimension_count", shape.HeadSize, 2, shape.HeadSize);
        if (dimensions != shape.HeadSize)
            throw new ModelException($"rotating {dimensions} of a head's {shape.HeadSize} values is not supported, only all of them");
        double frequencyBase = metadata.GetSingle($"{name}.rope.freq_base", 10000f);
        if (frequencyBase <= 1)
            throw new GgufException($"{name}.rope.freq_base", $"{frequencyBase} is not above 1");
        _frequencies = new double[dimensions / 2];
        for (int i = 0; i < _frequencies.Length; i++)
            _frequencies[i] = Math.Pow(frequencyBase, -2.0 * i / dimensions);

        string scaling = metadata.GetString($"{name}.rope.scaling.type", "none")!;
        double factor = metadata.GetSingle($"{name}.rope.scaling.factor", metadata.GetSingle($"{name}.rope.scale_linear", 1f));
        if (factor <= 0)
            throw new GgufException($"{name}.rope.scaling.factor", $"{factor} is not above 0");
        // Without a type, a factor means linear scaling: older files say no more.
        if (scaling == "linear" || (!metadata.Contains($"{name}.rope.scaling.type") && factor != 1))
            Array.ConvertAll(_frequencies, frequency => frequency / factor).CopyTo(_frequencies, 0);
        else if (scaling == "yarn")
            _magnitude = ScaleYarn(metadata, name, frequencyBase, factor, shape.ContextTokens);
        else if (scaling != "none")
            throw new ModelException($"rope scaling \"{scaling}\" is not supported, only none, linear and yarn");
        ApplyFactors(file);
    }

    /// <summary>Pairs of values in a head.</summary>
    public int Pairs => _frequencies.Length;

    /// <summary>Cosines and sines of a position's angles, <see cref="Pairs"/> each.</summary>
    public void Fill(int position, float* cosines, float* sines)
    {
        for (int i = 0; i < _frequencies.Length; i++)
        {
            (double sine, double cosine) = Math.SinCos(position * _frequencies[i]);
            cosines[i] = (float)(cosine * _magnitude);
            sines[i] = (float)(sine * _magnitude);
        }
    }

    /// <summary>Turns a head in place: interleaved pairs (0,1), (2,3)… for Llama, halves (0,n/2), (1,n/2+1)… for Qwen.</summary>
    public static void Rotate(float* head, float* cosines, float* sines, int pairs, bool interleaved)
    {
        int done = interleaved ? 0 : RotateHalves(head, cosines, sines, pairs);
        for (int i = done; i < pairs; i++)
        {
            float* first = interleaved ? head + (2 * i) : head + i;
            float* second = interleaved ? first + 1 : first + pairs;
            float x = *first, y = *second;
            *first = (x * cosines[i]) - (y * sines[i]);
            *second = (x * sines[i]) + (y * cosines[i]);
        }
    }

    private static int RotateHalves(float* head, float* cosines, float* sines, int pairs)
    {
        int i = 0;
        for (; i + 8 <= pairs; i += 8)
        {
            Vector256<float> x = Vector256.Load(head + i), y = Vector256.Load(head + pairs + i);
            Vector256<float> cosine = Vector256.Load(cosines + i), sine = Vector256.Load(sines + i);
            ((x * cosine) - (y * sine)).Store(head + i);
            ((x * sine) + (y * cosine)).Store(head + pairs + i);
        }

        return i;
    }

    private float ScaleYarn(GgufMetadata metadata, string name, double frequencyBase, double factor, int contextTokens)
    {
        foreach ((string key, float neutral) in (ReadOnlySpan<(string, float)>)[("yarn_log_multiplier", 0), ("yarn_ext_factor", 1), ("yarn_attn_factor", 1)])
        {
            float value = metadata.GetSingle($"{name}.rope.scaling.{key}", neutral);
            if (value != neutral)
                throw new ModelException($"{name}.rope.scaling.{key} of {value} is not supported, only {neutral}");
        }

        double original = metadata.GetInt32($"{name}.rope.scaling.original_context_length", contextTokens, 1, int.MaxValue);
        double fast = metadata.GetSingle($"{name}.rope.scaling.yarn_beta_fast", 32f), slow = metadata.GetSingle($"{name}.rope.scaling.yarn_beta_slow", 1f);
        if (slow <= 0 || fast < slow)
            throw new GgufException($"{name}.rope.scaling.yarn_beta_slow", $"{slow} is not above 0 and at most yarn_beta_fast, {fast}");
        int dimensions = _frequencies.Length * 2;
        double Turning(double rotations) => dimensions * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(frequencyBase));
        double low = Math.Max(0, Math.Floor(Turning(fast))), high = Math.Min(dimensions - 1, Math.Ceiling(Turning(slow)));
        for (int i = 0; i < _frequencies.Length; i++)
        {
            double keep = 1 - Math.Clamp((i - low) / Math.Max(0.001, high - low), 0, 1);
            _frequencies[i] = (_frequencies[i] / factor * (1 - keep)) + (_frequencies[i] * keep);
        }

        return metadata.GetSingle($"{name}.rope.scaling.attn_factor", 1f) * (float)(1 + (0.1 * Math.Log(factor)));
    }

    private void ApplyFactors(GgufFile file)
    {
        if (file.FindTensor("rope_freqs.weight") is not { } tensor)
            return;
        if (tensor.Type != GgufTensorType.F32 || tensor.ElementCount != _frequencies.Length)
            throw new ModelException($"{tensor} does not hold {_frequencies.Length} factors in F32");
        float* factors = (float*)file.Pointer(tensor);
        for (int i = 0; i < _frequencies.Length; i++)
        {
            if (!(factors[i] > 0))
                throw new GgufException($"rope_freqs.weight[{i}]", $"{factors[i]} is not above 0");
            _frequencies[i] /= factors[i];
        }
    }
}

using System.Runtime.InteropServices;
using Cocoon.Inference.Gguf;

namespace Cocoon.Tests.Inference.Model;

/// <summary>The architectures once more, written straight from their definitions: doubles, no cache, no threads, F32 files only.</summary>
internal sealed class NaiveModel(GgufFile file, Func<int, double> frequency, double magnitude = 1)
{
    private readonly string _name = file.Metadata.GetString("general.architecture");

    public double[] LastLogits(int[] tokens)
    {
        int layers = Int("block_count");
        double[][] hidden = [.. tokens.Select(token => Row("token_embd.weight", token))];
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"blk.{layer}.";
            double[][] attended = Attention(prefix, [.. hidden.Select(vector => Norm(vector, prefix + "attn_norm.weight"))]);
            hidden = [.. hidden.Zip(attended, Sum)];
            hidden = [.. hidden.Select(vector => Sum(vector, FeedForward(prefix, Norm(vector, prefix + "ffn_norm.weight"))))];
        }

        string output = file.FindTensor("output.weight") is null ? "token_embd.weight" : "output.weight";
        return Product(output, Norm(hidden[^1], "output_norm.weight"));
    }

    private double[][] Attention(string prefix, double[][] inputs)
    {
        int heads = Int("attention.head_count"), groups = Int("attention.head_count_kv"), size = Int("attention.key_length");
        double[][] queries = Project(prefix + "attn_q", inputs, heads, size), keys = Project(prefix + "attn_k", inputs, groups, size);
        double[][] values = [.. inputs.Select(input => Biased(prefix + "attn_v", input))];
        double[][] results = new double[inputs.Length][];
        for (int token = 0; token < inputs.Length; token++)
        {
            double[] joined = new double[heads * size];
            for (int head = 0; head < heads; head++)
            {
                int group = head / (heads / groups);
                double[] scores = new double[token + 1];
                for (int other = 0; other <= token; other++)
                {
                    for (int i = 0; i < size; i++)
                        scores[other] += queries[token][(head * size) + i] * keys[other][(group * size) + i] / Math.Sqrt(size);
                }

                double[] weights = Softmax(scores);
                for (int other = 0; other <= token; other++)
                {
                    for (int i = 0; i < size; i++)
                        joined[(head * size) + i] += weights[other] * values[other][(group * size) + i];
                }
            }

            results[token] = Product(prefix + "attn_output.weight", joined);
        }

        return results;
    }

    private double[][] Project(string tensor, double[][] inputs, int heads, int size)
    {
        double[][] result = [.. inputs.Select(input => Biased(tensor, input))];
        for (int token = 0; token < result.Length; token++)
        {
            for (int head = 0; head < heads; head++)
            {
                double[] part = result[token][(head * size)..((head + 1) * size)];
                if (file.FindTensor(tensor + "_norm.weight") is not null)
                    part = Norm(part, tensor + "_norm.weight");
                Rotate(part, token);
                part.CopyTo(result[token], head * size);
            }
        }

        return result;
    }

    private void Rotate(double[] head, int position)
    {
        int pairs = head.Length / 2;
        for (int i = 0; i < pairs; i++)
        {
            (int first, int second) = _name == "llama" ? (2 * i, (2 * i) + 1) : (i, i + pairs);
            double angle = position * frequency(i), x = head[first], y = head[second];
            head[first] = magnitude * ((x * Math.Cos(angle)) - (y * Math.Sin(angle)));
            head[second] = magnitude * ((x * Math.Sin(angle)) + (y * Math.Cos(angle)));
        }
    }

    private double[] FeedForward(string prefix, double[] input)
    {
        if (file.FindTensor(prefix + "ffn_gate_inp.weight") is null)
            return Expert(prefix, "", 0, input);
        double[] weights = Softmax(Product(prefix + "ffn_gate_inp.weight", input));
        int[] chosen = [.. Enumerable.Range(0, weights.Length).OrderByDescending(expert => weights[expert]).Take(Int("expert_used_count"))];
        double total = chosen.Sum(expert => weights[expert]);
        double[] result = new double[input.Length];
        foreach (int expert in chosen)
            result = Sum(result, [.. Expert(prefix, "_exps", expert, input).Select(value => value * weights[expert] / total)]);
        return result;
    }

    private double[] Expert(string prefix, string suffix, int expert, double[] input)
    {
        double[] gate = Product($"{prefix}ffn_gate{suffix}.weight", input, expert), up = Product($"{prefix}ffn_up{suffix}.weight", input, expert);
        return Product($"{prefix}ffn_down{suffix}.weight", [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], expert);
    }

    private double[] Biased(string tensor, double[] input)
    {
        double[] result = Product(tensor + ".weight", input);
        return file.FindTensor(tensor + ".bias") is null ? result : Sum(result, Row(tensor + ".bias", 0));
    }

    private double[] Norm(double[] vector, string tensor)
    {
        double scale = 1 / Math.Sqrt(vector.Average(value => value * value) + file.Metadata.GetSingle($"{_name}.attention.layer_norm_rms_epsilon"));
        return [.. vector.Zip(Row(tensor, 0), (value, weight) => value * scale * weight)];
    }

    private double[] Product(string name, double[] input, int copy = 0)
    {
        GgufTensor tensor = file.FindTensor(name)!;
        int rows = (int)tensor.Dimensions[1];
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(file.Data(tensor));
        double[] result = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> weights = values.Slice(((copy * rows) + row) * input.Length, input.Length);
            for (int i = 0; i < input.Length; i++)
                result[row] += weights[i] * input[i];
        }

        return result;
    }

    private double[] Row(string name, int row)
    {
        GgufTensor tensor = file.FindTensor(name)!;
        int length = (int)tensor.RowLength;
        return [.. MemoryMarshal.Cast<byte, float>(file.Data(tensor)).Slice(row * length, length).ToArray().Select(value => (double)value)];
    }

    private static double[] Softmax(double[] scores)
    {
        double[] weights = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    private static double[] Sum(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];

    private int Int(string key) => (int)file.Metadata.GetInt64($"{_name}.{key}");
}

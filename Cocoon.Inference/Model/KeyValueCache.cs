using System.Runtime.InteropServices;
using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>How keys and values are kept.</summary>
public enum KeyValueFormat
{
    /// <summary>16-bit floats.</summary>
    F16 = 1,

    /// <summary>Signed bytes with a 16-bit scale per 32: half the memory, a little less exact.</summary>
    Q8_0 = 2,
}

/// <summary>
/// Keys and values of all sequences in blocks of 32 tokens, reserved once. A block holds, layer by layer, the keys and then the values of
/// its tokens, head by head, so that one head's rows of a block lie together.
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    /// <summary>Tokens of a block.</summary>
    public const int BlockTokens = 32;

    private readonly KeyValueFormat _format;
    private readonly int _headSize;
    private readonly nint _rowBytes;
    private readonly nint _headBytes;
    private readonly nint _layerBytes;
    private readonly nint _blockBytes;
    private byte* _memory;

    public KeyValueCache(ModelShape shape, KeyValueFormat format, int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        (_format, _headSize, Blocks) = (format, shape.HeadSize, blocks);
        _rowBytes = RowBytes(shape, format);
        _headBytes = _rowBytes * BlockTokens;
        _layerBytes = _headBytes * shape.KeyValueHeads * 2;
        _blockBytes = (nint)BlockBytes(shape, format);
        _memory = LargePages.Allocate(checked((nuint)_blockBytes * (nuint)blocks));
    }

    /// <summary>Blocks there are.</summary>
    public int Blocks { get; }

    /// <summary>Memory of one block.</summary>
    public static long BlockBytes(ModelShape shape, KeyValueFormat format) =>
        checked((long)RowBytes(shape, format) * BlockTokens * shape.KeyValueHeads * 2 * shape.Layers);

    /// <summary>Keeps one head's key and value of a token.</summary>
    public void Store(int block, int slot, int layer, int head, float* key, float* value)
    {
        byte* place = Head(block, layer, head, values: false) + (slot * _rowBytes);
        StoreRow(key, place);
        StoreRow(value, place + (_layerBytes / 2));
    }

    /// <summary>The first <paramref name="count"/> rows of one head in a block as floats.</summary>
    public void Load(int block, int layer, int head, bool values, int count, float* target)
    {
        byte* source = Head(block, layer, head, values);
        if (_format == KeyValueFormat.F16)
        {
            HalfBits.ToSingle((ushort*)source, target, count * _headSize);
            return;
        }

        for (int row = 0; row < count; row++)
            RowCodec.Decode(Gguf.GgufTensorType.Q8_0, source + (row * _rowBytes), target + (row * _headSize), _headSize);
    }

    /// <summary>One head's rows in a block as they are kept: halves for <see cref="KeyValueFormat.F16"/>.</summary>
    public byte* Rows(int block, int layer, int head, bool values) => Head(block, layer, head, values);

    /// <summary>How rows are kept.</summary>
    public KeyValueFormat Format => _format;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }

    ~KeyValueCache() => NativeMemory.AlignedFree(_memory);

    private static int RowBytes(ModelShape shape, KeyValueFormat format) =>
        format == KeyValueFormat.F16 ? shape.HeadSize * 2 : shape.HeadSize / 32 * 34;

    private byte* Head(int block, int layer, int head, bool values) =>
        _memory + (block * _blockBytes) + (layer * _layerBytes) + (values ? _layerBytes / 2 : 0) + (head * _headBytes);

    private void StoreRow(float* source, byte* target)
    {
        if (_format == KeyValueFormat.F16)
            HalfBits.FromSingle(source, (ushort*)target, _headSize);
        else
            RowQuantizer.Encode(Gguf.GgufTensorType.Q8_0, source, target, _headSize);
    }
}

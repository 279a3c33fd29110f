using Cocoon.Inference.Gguf;
using Cocoon.Inference.Kernels;

namespace Cocoon.Tests.Inference.Kernels;

/// <summary>One weight out of a strip, read from the description of the layout and nothing else.</summary>
internal static unsafe class StripReader
{
    public static float Value(StripMatrix strips, int row, int column)
    {
        StripLayout layout = strips.Layout;
        GgufTensorType type = strips.Type;
        int lane = row % StripLayout.Rows, group = column % layout.BlockColumns / 32, step = column % 32 / 4;
        byte* block = strips.Strip(row / StripLayout.Rows) + ((nint)(column / layout.BlockColumns) * layout.BlockBytes);
        byte* quants = block + layout.HeaderBytes + (group * layout.GroupBytes);
        int place = (lane * 4) + (column % 4);
        int before = type switch { GgufTensorType.Q5_K => 64, GgufTensorType.Q6_K => (step / 4 * 64) + 64, _ => 0 };
        int low = type == GgufTensorType.Q8_0 ? quants[(step * 64) + place] : (quants[before + (step / 2 * 64) + place] >> (step % 2 * 4)) & 15;
        float first = Half(block, lane), second = Half(block + 32, lane);
        byte* small = block + 64 + (group * 32) + lane;
        return type switch
        {
            GgufTensorType.Q8_0 => Half(block + (group * 32), lane) * (low - 128),
            GgufTensorType.Q4_0 => Half(block + (group * 32), lane) * (low - 8),
            GgufTensorType.Q4_K => (first * small[0] * low) - (second * small[16]),
            GgufTensorType.Q5_K => (first * small[0] * (low + (((quants[place] >> step) & 1) << 4))) - (second * small[16]),
            _ => first * (sbyte)small[column % 32 / 16 * 16] * (low + (((quants[(step / 4 * 192) + place] >> (step % 4 * 2)) & 3) << 4) - 32),
        };
    }

    private static float Half(byte* halves, int index) => (float)BitConverter.UInt16BitsToHalf(((ushort*)halves)[index]);
}

using Address = Cocoon.Inference.Kernels.EvexAssembler.Address;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Sixteen rows and eight tokens at once by the 512-bit VPDPBUSD. .NET 10 has no class for AVX512_VNNI, which doubles the speed of prompts
/// on processors that have it, so this loop is assembled at start, from the list of instructions below (<see cref="ExecutableMemory"/>).
/// Where that is not possible the kernels without it are used.
/// </summary>
internal readonly unsafe struct NativeVnniTile : IPanelTile
{
    private const int Rax = 0, Rcx = 1, Rdx = 2, Rsi = 6, Rdi = 7, R8 = 8, R9 = 9, R10 = 10, R11 = 11;
    private const int Totals = 8, Weights = 16, Scales = 17, Minima = 18, Products = 19;
    private const int Tokens = Activations.TileTokens;
    private const int CodeBytes = 16384;

    private static readonly delegate* unmanaged<PanelArguments*, float*, void> PerGroup, PerHalf;

    static NativeVnniTile()
    {
        if (!ExecutableMemory.IsSupported)
            return;
        byte[] code = new byte[CodeBytes];
        Assemble(halves: 1).CopyTo(code);
        Assemble(halves: 2).CopyTo(code.AsSpan(CodeBytes / 2));
        byte* memory = ExecutableMemory.Publish(code);
        if (memory is null)
            return;
        PerGroup = (delegate* unmanaged<PanelArguments*, float*, void>)memory;
        PerHalf = (delegate* unmanaged<PanelArguments*, float*, void>)(memory + (CodeBytes / 2));
    }

    public static string Name => "avx512-vnni";

    /// <summary>True when the processor and the system let it run.</summary>
    public static bool IsSupported => PerGroup is not null;

    public static void Multiply(PanelArguments* arguments, bool scalesPerHalf, float* results) => (scalesPerHalf ? PerHalf : PerGroup)(arguments, results);

    /// <summary>The loop: arguments in rdi, results in rsi (System V). zmm0-7 integer sums and zmm8-15 totals of eight tokens, a lane per row.</summary>
    private static ReadOnlySpan<byte> Assemble(int halves)
    {
        EvexAssembler code = new();
        code.LoadAddress(R11, new Address(Rsi, 0));
        code.Load(Rsi, new Address(Rdi, 0));
        code.Load(Rdx, new Address(Rdi, 8));
        code.Load(R8, new Address(Rdi, 16));
        code.Load(R9, new Address(Rdi, 24));
        code.Load(Rcx, new Address(Rdi, 32));
        code.Load(Rax, new Address(Rdi, 40));
        code.LoadAddress(R10, new Address(R9, 0, R9, 2));
        code.LoadAddress(Rdi, new Address(R8, 0, R9, 4));
        for (int token = 0; token < Tokens; token++)
            Clear(code, Totals + token);
        int loop = code.Position;
        for (int half = 0; half < halves; half++)
            Half(code, half, halves);
        code.Add(Rsi, 8 * 64);
        code.Add(Rdx, halves * 128);
        code.Add(Rcx, Activations.TileFactorFloats * sizeof(float));
        code.Add(R8, Activations.Group);
        code.Add(Rdi, Activations.Group);
        code.Subtract(Rax, 1);
        code.JumpBackIfNotZero(loop);
        for (int token = 0; token < Tokens; token++)
            code.VectorMemory(EvexAssembler.Map0F, 0, 0x11, Totals + token, 0, new Address(R11, token * 64), broadcast: false); // vmovups
        code.Return();
        return code.Code;
    }

    private static void Half(EvexAssembler code, int half, int halves)
    {
        int steps = 8 / halves;
        for (int token = 0; token < Tokens; token++)
            Clear(code, token);
        for (int step = half * steps; step < (half + 1) * steps; step++)
        {
            code.VectorMemory(EvexAssembler.Map0F, 0, 0x10, Weights, 0, new Address(Rsi, step * 64), broadcast: false); // vmovups
            for (int token = 0; token < Tokens; token++)
                code.VectorMemory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0x50, token, Weights, Token(token, step * 4), broadcast: true); // vpdpbusd
        }

        code.VectorMemory(EvexAssembler.Map0F, 0, 0x10, Scales, 0, new Address(Rdx, half * 128), broadcast: false);
        code.VectorMemory(EvexAssembler.Map0F, 0, 0x10, Minima, 0, new Address(Rdx, (half * 128) + 64), broadcast: false);
        int sums = (halves == 1 ? 8 : 16 + (8 * half)) * sizeof(float);
        for (int token = 0; token < Tokens; token++)
        {
            code.Vector(EvexAssembler.Map0F, 0, 0x5b, Products + token, 0, token); // vcvtdq2ps
            code.Vector(EvexAssembler.Map0F, 0, 0x59, Products + token, Products + token, Scales); // vmulps
            Address scale = new(Rcx, token * sizeof(float)), sum = new(Rcx, sums + (token * sizeof(float)));
            code.VectorMemory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0xb8, Totals + token, Products + token, scale, broadcast: true); // vfmadd231ps
            code.VectorMemory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0xbc, Totals + token, Minima, sum, broadcast: true); // vfnmadd231ps
        }
    }

    /// <summary>Tokens lie a stride apart: r8 and rdi point to the first and the fifth, r9 is the stride, r10 three of them.</summary>
    internal static Address Token(int token, int displacement)
    {
        int first = token < 4 ? R8 : Rdi;
        return (token % 4) switch
        {
            0 => new Address(first, displacement),
            1 => new Address(first, displacement, R9),
            2 => new Address(first, displacement, R9, 2),
            _ => new Address(first, displacement, R10),
        };
    }

    private static void Clear(EvexAssembler code, int register) =>
        code.Vector(EvexAssembler.Map0F, EvexAssembler.Prefix66, 0xef, register, register, register); // vpxord
}

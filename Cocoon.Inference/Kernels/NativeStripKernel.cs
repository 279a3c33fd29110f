using System.Runtime.Intrinsics.X86;
using Cocoon.Inference.Gguf;
using Address = Cocoon.Inference.Kernels.EvexAssembler.Address;

namespace Cocoon.Inference.Kernels;

/// <summary>What strips are multiplied with. The assembled code reads these fields by their places, and counts in them.</summary>
internal unsafe struct StripArguments
{
    /// <summary>The first strip; the others follow it.</summary>
    public byte* Strip;

    /// <summary>The first token's bytes.</summary>
    public sbyte* Input;

    /// <summary>Bytes from one token to the next.</summary>
    public nint InputStride;

    /// <summary>The first token's scales and sums, see <see cref="Activations.TileFactors"/>.</summary>
    public float* InputFactors;

    /// <summary>Number of blocks of a strip.</summary>
    public nint Blocks;

    /// <summary>16 results for each strip, one strip's behind the other's.</summary>
    public float* Results;

    /// <summary>Bytes from a token's results to the next token's.</summary>
    public nint ResultStride;

    /// <summary>Number of strips.</summary>
    public nint Strips;
}

/// <summary>
/// Strips times one, two, four or eight tokens by the 512-bit VPDPBUSD, one assembled loop for each format and number
/// (<see cref="ExecutableMemory"/>). Every 32 columns (16 for Q6_K) make one integer sum for each row and token, which goes into the total
/// by the same operations in the same order as in <see cref="NativeVnniTile"/>: both give the same bits.
/// </summary>
internal static unsafe class NativeStripKernel
{
    private const int Rax = 0, Rcx = 1, Rdx = 2, Rsi = 6, Rdi = 7, R8 = 8, R9 = 9, R10 = 10, R11 = 11;
    private const int Totals = 8, Weights = 16, Scales = 17, Minima = 18, Products = 19, Pair = 19, High = 20, Moved = 21, NibbleMask = 27, HighMask = 28, Factor = 29, SecondFactor = 30;
    private const int SlotBytes = 8192;
    private const int Steps = 8;

    /// <summary>How far ahead memory is asked for; 0 on AMD's processors, whose own prefetching is faster alone (measured: 92 to 102 % of plain reading against 70 to 90 %).</summary>
    private static readonly int PrefetchBytes = IsAmd() ? 0 : 3072;

    private static readonly GgufTensorType[] Types = [GgufTensorType.Q8_0, GgufTensorType.Q4_0, GgufTensorType.Q4_K, GgufTensorType.Q5_K, GgufTensorType.Q6_K];
    private static readonly byte* Memory = ExecutableMemory.IsSupported ? ExecutableMemory.Publish(AssembleAll()) : null;

    /// <summary>True when the processor and the system let it run.</summary>
    public static bool IsSupported => Memory is not null;

    /// <summary>Multiplies strips with 1, 2, 4 or 8 tokens that lie in one tile.</summary>
    public static void Multiply(GgufTensorType type, int tokens, StripArguments* arguments)
    {
        int slot = (Array.IndexOf(Types, type) * 4) + System.Numerics.BitOperations.Log2((uint)tokens);
        ((delegate* unmanaged[SuppressGCTransition]<StripArguments*, void>)(Memory + ((nint)slot * SlotBytes)))(arguments);
    }

    private static ReadOnlySpan<byte> Assemble(GgufTensorType type, int tokens) => new Emitter(type, tokens).Assemble();

    private static bool IsAmd() => X86Base.IsSupported && X86Base.CpuId(0, 0).Ecx == 0x444d4163; // "cAMD"

    private static byte[] AssembleAll()
    {
        byte[] code = new byte[Types.Length * 4 * SlotBytes];
        for (int i = 0; i < Types.Length; i++)
        {
            for (int size = 0; size < 4; size++)
                Assemble(Types[i], 1 << size).CopyTo(code.AsSpan(((i * 4) + size) * SlotBytes, SlotBytes));
        }

        return code;
    }

    /// <summary>Writes one loop: arguments in rdi (System V). zmm0-7 integer sums, zmm8-15 totals of up to eight tokens, a lane for each row.</summary>
    private sealed class Emitter(GgufTensorType type, int tokens)
    {
        private readonly EvexAssembler _code = new();
        private readonly StripLayout _layout = StripLayout.Of(type, RowCodec.SuperBlock)!.Value;

        private bool IsSuper => _layout.BlockColumns == RowCodec.SuperBlock;

        public ReadOnlySpan<byte> Assemble()
        {
            Constants();
            int strip = _code.Position;
            LoadArguments();
            for (int token = 0; token < tokens; token++)
                Clear(Totals + token);
            int loop = _code.Position;
            if (IsSuper)
                SuperBlock();
            else
                TwoGroups();
            _code.Subtract(Rax, 1);
            _code.JumpBackIfNotZero(loop);
            _code.Pop(Rdi);
            StoreResults();
            _code.Store(new Address(Rdi, 0), Rsi);
            _code.Load(Rax, new Address(Rdi, 56));
            _code.Subtract(Rax, 1);
            _code.Store(new Address(Rdi, 56), Rax);
            _code.JumpBackIfNotZero(strip);
            _code.Return();
            return _code.Code;
        }

        private void StoreResults()
        {
            _code.Load(Rdx, new Address(Rdi, 40));
            _code.Load(Rcx, new Address(Rdi, 48));
            _code.LoadAddress(Rax, new Address(Rdx, 64));
            _code.Store(new Address(Rdi, 40), Rax);
            for (int token = 0; token < tokens; token++)
            {
                Memory(EvexAssembler.Map0F, 0, 0x11, Totals + token, new Address(Rdx, 0)); // vmovups
                _code.LoadAddress(Rdx, new Address(Rdx, 0, Rcx));
            }
        }

        private void LoadArguments()
        {
            _code.Push(Rdi);
            _code.Load(Rsi, new Address(Rdi, 0));
            _code.Load(R8, new Address(Rdi, 8));
            _code.Load(R9, new Address(Rdi, 16));
            _code.Load(Rcx, new Address(Rdi, 24));
            _code.Load(Rax, new Address(Rdi, 32));
            _code.LoadAddress(R10, new Address(R9, 0, R9, 2));
            _code.LoadAddress(Rdi, new Address(R8, 0, R9, 4));
        }

        private void Constants()
        {
            Constant(NibbleMask, 0x0f0f0f0f);
            if (type == GgufTensorType.Q5_K)
                Constant(HighMask, 0x10101010);
            if (type == GgufTensorType.Q6_K)
                Constant(HighMask, 0x30303030);
            float offset = type switch { GgufTensorType.Q8_0 => 128, GgufTensorType.Q4_0 => 8, _ => 32 };
            Constant(SecondFactor, BitConverter.SingleToInt32Bits(offset));
        }

        /// <summary>A block of 64 columns: a half as scale for each row and 32 columns.</summary>
        private void TwoGroups()
        {
            for (int group = 0; group < 2; group++)
            {
                Memory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0x13, Scales, new Address(Rsi, group * 32)); // vcvtph2ps
                Float(0x59, Minima, Scales, SecondFactor); // vmulps
                Group(group * Activations.Group, _layout.HeaderBytes + (group * _layout.GroupBytes));
                Finish(group * Activations.TileFactorFloats, 8);
                Advance(group == 0 ? 0 : _layout.BlockBytes, group == 0 ? 0 : 2);
            }
        }

        /// <summary>A block of 256 columns: halves for all of it, whole numbers for each 32 or 16.</summary>
        private void SuperBlock()
        {
            bool isSix = type == GgufTensorType.Q6_K;
            Memory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0x13, Factor, new Address(Rsi, 0)); // vcvtph2ps
            if (!isSix)
                Memory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0x13, SecondFactor, new Address(Rsi, 32));
            _code.LoadAddress(Rdx, new Address(Rsi, 64));
            _code.Add(Rsi, _layout.HeaderBytes);
            _code.Set(R11, RowCodec.SuperBlock / Activations.Group);
            int loop = _code.Position;
            if (isSix)
            {
                for (int half = 0; half < 2; half++)
                {
                    SmallScales(Scales, half * 16, 0x21, Factor); // vpmovsxbd
                    Float(0x59, Minima, Scales, SecondFactor);
                    Half(half);
                    Finish(0, 16 + (8 * half));
                }
            }
            else
            {
                SmallScales(Scales, 0, 0x31, Factor); // vpmovzxbd
                SmallScales(Minima, 16, 0x31, SecondFactor);
                Group(0, 0);
                Finish(0, 8);
            }

            _code.Add(Rdx, 32);
            Advance(_layout.GroupBytes, 1);
            _code.Subtract(R11, 1);
            _code.JumpBackIfNotZero(loop);
        }

        private void Advance(int quants, int groups)
        {
            for (int line = 0; PrefetchBytes > 0 && line < _layout.GroupBytes; line += 64)
                _code.Prefetch(new Address(Rsi, PrefetchBytes + line));
            if (groups == 0)
                return;
            _code.Add(Rsi, quants);
            _code.Add(Rcx, groups * Activations.TileFactorFloats * sizeof(float));
            _code.Add(R8, groups * Activations.Group);
            if (tokens > 4)
                _code.Add(Rdi, groups * Activations.Group);
        }

        private void SmallScales(int target, int offset, byte widen, int factor)
        {
            Memory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, widen, target, new Address(Rdx, offset));
            Float(0x5b, target, 0, target); // vcvtdq2ps
            Float(0x59, target, target, factor); // vmulps
        }

        /// <summary>32 columns of all formats but Q6_K.</summary>
        private void Group(int column, int quants)
        {
            ClearSums();
            if (type == GgufTensorType.Q5_K)
                Memory(EvexAssembler.Map0F, 0, 0x10, High, new Address(Rsi, quants)); // vmovups
            for (int step = 0; step < Steps; step++)
            {
                if (type == GgufTensorType.Q8_0)
                {
                    Memory(EvexAssembler.Map0F, 0, 0x10, Weights, new Address(Rsi, quants + (step * 64))); // vmovups
                }
                else
                {
                    Nibbles(step, quants + (type == GgufTensorType.Q5_K ? 64 : 0));
                    if (type == GgufTensorType.Q5_K)
                        HighBits(4 - step);
                }

                Dot(column + (step * 4));
            }
        }

        /// <summary>16 columns of Q6_K.</summary>
        private void Half(int half)
        {
            ClearSums();
            Memory(EvexAssembler.Map0F, 0, 0x10, High, new Address(Rsi, half * 192)); // vmovups
            for (int step = half * 4; step < (half + 1) * 4; step++)
            {
                Nibbles(step, (half + 1) * 64);
                HighBits(4 - (step % 4 * 2));
                Dot(step * 4);
            }
        }

        private void Nibbles(int step, int quants)
        {
            if (step % 2 == 0)
            {
                Memory(EvexAssembler.Map0F, 0, 0x10, Pair, new Address(Rsi, quants + (step / 2 * 64))); // vmovups
                _code.Vector(EvexAssembler.Map0F, EvexAssembler.Prefix66, 0xdb, Weights, Pair, NibbleMask); // vpandd
                return;
            }

            ShiftWords(Weights, Pair, -4);
            _code.Vector(EvexAssembler.Map0F, EvexAssembler.Prefix66, 0xdb, Weights, Weights, NibbleMask);
        }

        /// <summary>Weights |= the high bits moved up by <paramref name="up"/> places, as far as the mask has them.</summary>
        private void HighBits(int up)
        {
            const byte FirstOrSecondAndThird = 0xf8;
            if (up != 0)
                ShiftWords(Moved, High, up);
            _code.Vector(EvexAssembler.Map0F3A, EvexAssembler.Prefix66, 0x25, Weights, up == 0 ? High : Moved, HighMask, FirstOrSecondAndThird); // vpternlogd
        }

        /// <summary>vpsllw or vpsrlw by a constant.</summary>
        private void ShiftWords(int target, int source, int up) =>
            _code.Vector(EvexAssembler.Map0F, EvexAssembler.Prefix66, 0x71, up > 0 ? 6 : 2, target, source, (byte)Math.Abs(up));

        private void Dot(int column)
        {
            for (int token = 0; token < tokens; token++)
                _code.VectorMemory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0x50, token, Weights, NativeVnniTile.Token(token, column), broadcast: true); // vpdpbusd
        }

        /// <summary>Sums into totals: the tokens' scales lie at <paramref name="factors"/> floats, their sums <paramref name="sums"/> floats further.</summary>
        private void Finish(int factors, int sums)
        {
            for (int token = 0; token < tokens; token++)
            {
                Float(0x5b, Products + token, 0, token); // vcvtdq2ps
                Float(0x59, Products + token, Products + token, Scales); // vmulps
                Address scale = new(Rcx, (factors + token) * sizeof(float)), sum = new(Rcx, (factors + sums + token) * sizeof(float));
                _code.VectorMemory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0xb8, Totals + token, Products + token, scale, broadcast: true); // vfmadd231ps
                _code.VectorMemory(EvexAssembler.Map0F38, EvexAssembler.Prefix66, 0xbc, Totals + token, Minima, sum, broadcast: true); // vfnmadd231ps
            }
        }

        /// <summary>The same 32 bits in every lane of a register.</summary>
        private void Constant(int register, int value)
        {
            _code.Set(Rdx, value);
            _code.Broadcast(register, Rdx);
        }

        private void ClearSums()
        {
            for (int token = 0; token < tokens; token++)
                Clear(token);
        }

        private void Clear(int register) =>
            _code.Vector(EvexAssembler.Map0F, EvexAssembler.Prefix66, 0xef, register, register, register); // vpxord

        private void Float(byte opcode, int target, int first, int second) => _code.Vector(EvexAssembler.Map0F, 0, opcode, target, first, second);

        private void Memory(int map, int prefix, byte opcode, int target, Address address, int first = 0) =>
            _code.VectorMemory(map, prefix, opcode, target, first, address, broadcast: false);
    }
}

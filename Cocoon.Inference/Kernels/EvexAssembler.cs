using System.Buffers.Binary;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Encodes the x86-64 instructions that <see cref="NativeVnniTile"/> and <see cref="NativeStripKernel"/> are made of (Intel SDM volume 2,
/// sections 2.1 and 2.7): 512-bit vector instructions with EVEX prefix, always with a 32-bit displacement, and a few 64-bit integer ones.
/// </summary>
internal sealed class EvexAssembler
{
    /// <summary>Opcode maps.</summary>
    public const int Map0F = 1;

    /// <summary>Opcode maps.</summary>
    public const int Map0F38 = 2;

    /// <summary>Opcode maps.</summary>
    public const int Map0F3A = 3;

    /// <summary>The operand-size prefix, as EVEX encodes it.</summary>
    public const int Prefix66 = 1;

    private readonly List<byte> _code = [];

    public int Position => _code.Count;

    public ReadOnlySpan<byte> Code => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_code);

    /// <summary>op target, first, second with three vector registers 0 to 31; <paramref name="first"/> is 0 for instructions that have none.</summary>
    public void Vector(int map, int prefix, byte opcode, int target, int first, int second)
    {
        Prefix(map, prefix, target, first, broadcast: false, x: (second >> 4) & 1, b: (second >> 3) & 1);
        _code.Add(opcode);
        _code.Add((byte)(0xc0 | ((target & 7) << 3) | (second & 7)));
    }

    /// <summary>The same with a memory operand [base + index × scale + displacement]; index −1 for none; <paramref name="broadcast"/> repeats 32 bits.</summary>
    public void VectorMemory(int map, int prefix, byte opcode, int target, int first, Address address, bool broadcast)
    {
        Prefix(map, prefix, target, first, broadcast, x: address.Index < 0 ? 0 : address.Index >> 3, b: address.Base >> 3);
        _code.Add(opcode);
        Memory(target & 7, address);
    }

    /// <summary>The register form with a constant byte.</summary>
    public void Vector(int map, int prefix, byte opcode, int target, int first, int second, byte constant)
    {
        Vector(map, prefix, opcode, target, first, second);
        _code.Add(constant);
    }

    /// <summary>mov register, constant.</summary>
    public void Set(int register, int constant)
    {
        _code.AddRange([(byte)(0x48 | (register >> 3)), 0xc7, (byte)(0xc0 | (register & 7))]);
        Int32(constant);
    }

    /// <summary>vpbroadcastd target, register: its low 32 bits into every lane.</summary>
    public void Broadcast(int target, int register) => Vector(Map0F38, Prefix66, 0x7c, target, 0, register);

    /// <summary>push register, 0 to 7.</summary>
    public void Push(int register) => _code.Add((byte)(0x50 | register));

    /// <summary>pop register, 0 to 7.</summary>
    public void Pop(int register) => _code.Add((byte)(0x58 | register));

    /// <summary>prefetcht0 [base + displacement], bases rax to rdi.</summary>
    public void Prefetch(Address address)
    {
        _code.AddRange([0x0f, 0x18]);
        Memory(1, address);
    }

    /// <summary>mov target, [base + displacement].</summary>
    public void Load(int target, Address address) => Integer(0x8b, target, address);

    /// <summary>mov [base + displacement], source.</summary>
    public void Store(Address address, int source) => Integer(0x89, source, address);

    /// <summary>lea target, [base + index × scale + displacement].</summary>
    public void LoadAddress(int target, Address address) => Integer(0x8d, target, address);

    /// <summary>add register, constant.</summary>
    public void Add(int register, int constant) => Constant(0, register, constant);

    /// <summary>sub register, constant.</summary>
    public void Subtract(int register, int constant) => Constant(5, register, constant);

    /// <summary>jnz to an earlier position.</summary>
    public void JumpBackIfNotZero(int position)
    {
        _code.AddRange([0x0f, 0x85]);
        Int32(position - (Position + 4));
    }

    /// <summary>vzeroupper; ret.</summary>
    public void Return() => _code.AddRange([0xc5, 0xf8, 0x77, 0xc3]);

    private void Prefix(int map, int prefix, int target, int first, bool broadcast, int x, int b)
    {
        _code.Add(0x62);
        int r = (target >> 3) & 1, rHigh = (target >> 4) & 1;
        _code.Add((byte)(((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | ((rHigh ^ 1) << 4) | map));
        _code.Add((byte)(((~first & 15) << 3) | 4 | prefix));
        _code.Add((byte)(0x40 | (broadcast ? 0x10 : 0) | ((((first >> 4) & 1) ^ 1) << 3)));
    }

    private void Integer(byte opcode, int target, Address address)
    {
        _code.Add((byte)(0x48 | ((target >> 3) << 2) | (address.Index < 0 ? 0 : (address.Index >> 3) << 1) | (address.Base >> 3)));
        _code.Add(opcode);
        Memory(target & 7, address);
    }

    private void Memory(int register, Address address)
    {
        if (address.Index < 0)
        {
            if ((address.Base & 7) == 4)
                throw new ArgumentException("this base register needs an index byte", nameof(address));
            _code.Add((byte)(0x80 | (register << 3) | (address.Base & 7)));
        }
        else
        {
            _code.Add((byte)(0x84 | (register << 3)));
            _code.Add((byte)((System.Numerics.BitOperations.Log2((uint)address.Scale) << 6) | ((address.Index & 7) << 3) | (address.Base & 7)));
        }

        Int32(address.Displacement);
    }

    private void Constant(int extension, int register, int constant)
    {
        _code.AddRange([(byte)(0x48 | (register >> 3)), 0x81, (byte)(0xc0 | (extension << 3) | (register & 7))]);
        Int32(constant);
    }

    private void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _code.AddRange(bytes);
    }

    /// <summary>[base + index × scale + displacement], registers 0 (rax) to 15 (r15).</summary>
    internal readonly record struct Address(int Base, int Displacement, int Index = -1, int Scale = 1);
}

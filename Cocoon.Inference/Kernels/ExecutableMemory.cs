using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>
/// Memory for code assembled at start: written first, then made executable and read-only. Only on 64-bit Linux with AVX512_VNNI, for which
/// the runtime has no class; null where the system forbids such memory (seccomp, SELinux).
/// </summary>
internal static unsafe partial class ExecutableMemory
{
    private const int CpuidVnni = 1 << 11;

    /// <summary>True where the instructions of the assembled loops exist.</summary>
    public static bool IsSupported { get; } = Avx512BW.IsSupported && OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture == Architecture.X64 && (X86Base.CpuId(7, 0).Ecx & CpuidVnni) != 0;

    /// <summary>Start of the published code, or null.</summary>
    public static byte* Publish(ReadOnlySpan<byte> code)
    {
        const int Read = 1, Write = 2, Execute = 4, PrivateAnonymous = 0x22;
        byte* memory = (byte*)Map(0, code.Length, Read | Write, PrivateAnonymous, -1, 0);
        if (memory == (byte*)-1)
            return null;
        code.CopyTo(new Span<byte>(memory, code.Length));
        return Protect((nint)memory, code.Length, Read | Execute) == 0 ? memory : null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint length, int protection);
}

using System.Runtime.Intrinsics.X86;

namespace Cocoon.Inference.Kernels;

/// <summary>Chooses the kernels for this processor.</summary>
internal static class KernelSet
{
    /// <summary>The fastest kernels that run here.</summary>
    public static MatrixKernels Best { get; } = Available()[0];

    /// <summary>All kernels that run here, the fastest first; the last one is the scalar reference.</summary>
    public static IReadOnlyList<MatrixKernels> Available()
    {
        List<MatrixKernels> kernels = [];
        if (AvxVnni.IsSupported && Fma.IsSupported)
        {
            if (NativeVnniTile.IsSupported)
                kernels.Add(new VectorKernels<VnniStep, NativeVnniTile>("avx-vnni+512", hasPanels: true, NativeStripKernel.IsSupported));
            kernels.Add(new VectorKernels<VnniStep, VnniTile<VnniStep>>(VnniTile<VnniStep>.Name, hasPanels: true));
        }

        if (Avx2.IsSupported && Fma.IsSupported)
        {
            if (NativeVnniTile.IsSupported)
                kernels.Add(new VectorKernels<Avx2Step, NativeVnniTile>(NativeVnniTile.Name, hasPanels: true, NativeStripKernel.IsSupported));
            kernels.Add(new VectorKernels<Avx2Step, VnniTile<Avx2Step>>("avx2", hasPanels: false));
        }

        kernels.Add(new VectorKernels<PortableStep, VnniTile<PortableStep>>("portable", hasPanels: false));
        kernels.Add(new ScalarKernels());
        return kernels;
    }

    /// <summary>The kernels of that name. Throws <see cref="ArgumentException"/> listing the names when they do not run here.</summary>
    public static MatrixKernels Find(string name)
    {
        IReadOnlyList<MatrixKernels> available = Available();
        return available.FirstOrDefault(kernels => kernels.Name == name)
            ?? throw new ArgumentException($"no kernels \"{name}\" on this processor, only {string.Join(", ", available.Select(kernels => kernels.Name))}", nameof(name));
    }
}

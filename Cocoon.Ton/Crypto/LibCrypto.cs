using System.Reflection;
using System.Runtime.InteropServices;

namespace Cocoon.Ton.Crypto;

/// <summary>The few functions of OpenSSL's libcrypto (1.1.1 and later) that .NET has no public type for.</summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>NID_X25519 and NID_ED25519 of <c>obj_mac.h</c>.</summary>
    internal const int X25519 = 1034;
    internal const int Ed25519 = 1087;

    private const string Library = "libcrypto";

    private static readonly Lazy<nint> Loaded = new(Load);

    /// <summary>Whether the library could be loaded on this machine.</summary>
    internal static bool IsPresent => Loaded.Value != 0;

    /// <summary>Whether the loaded library still has a function that newer releases may drop.</summary>
    internal static bool Exports(string function) => IsPresent && NativeLibrary.TryGetExport(Loaded.Value, function, out _);

    private static nint Load()
    {
        // Loading an unversioned libcrypto aborts the process on macOS, and Windows has none: there the managed code serves.
        if (!OperatingSystem.IsLinux())
            return 0;
        foreach (string name in (ReadOnlySpan<string>)["libcrypto.so.3", "libcrypto.so.1.1"])
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                NativeLibrary.SetDllImportResolver(
                    typeof(LibCrypto).Assembly,
                    (string requested, Assembly _, DllImportSearchPath? _) => requested == Library ? handle : 0);
                return handle;
            }
        }

        return 0;
    }

    [LibraryImport(Library)]
    internal static partial KeyHandle EVP_PKEY_new_raw_private_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    internal static partial KeyHandle EVP_PKEY_new_raw_public_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_raw_public_key(KeyHandle key, byte* output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    internal static partial DigestHandle EVP_MD_CTX_new();

    [LibraryImport(Library)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestSignInit(DigestHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestSign(DigestHandle context, byte* signature, ref nuint signatureLength, byte* message, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerifyInit(DigestHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerify(DigestHandle context, byte* signature, nuint signatureLength, byte* message, nuint length);

    [LibraryImport(Library)]
    internal static partial KeyContextHandle EVP_PKEY_CTX_new(KeyHandle key, nint engine);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_init(KeyContextHandle context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_set_peer(KeyContextHandle context, KeyHandle peer);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive(KeyContextHandle context, byte* output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial void ERR_clear_error();

    /// <summary>Under a microsecond for a cell, so the garbage collector may wait for it.</summary>
    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int SHA256_Update(void* context, byte* data, nuint length);

    /// <summary>An <c>EVP_PKEY*</c>.</summary>
    internal sealed class KeyHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            EVP_PKEY_free(handle);
            return true;
        }
    }

    /// <summary>An <c>EVP_MD_CTX*</c>.</summary>
    internal sealed class DigestHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            EVP_MD_CTX_free(handle);
            return true;
        }
    }

    /// <summary>An <c>EVP_PKEY_CTX*</c>.</summary>
    internal sealed class KeyContextHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            EVP_PKEY_CTX_free(handle);
            return true;
        }
    }
}

using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cocoon.Inference.Gguf;

/// <summary>The bytes of a file: mapped read-only, or a pinned array. Pages come in when they are touched.</summary>
internal sealed unsafe partial class GgufBytes : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private GCHandle _pin;
    private byte* _start;
    private Thread? _reader;
    private volatile bool _closing;

    private GgufBytes(MemoryMappedFile? file, MemoryMappedViewAccessor? view, GCHandle pin, byte* start, long length)
    {
        (_file, _view, _pin, Length) = (file, view, pin, length);
        _start = start;
    }

    public long Length { get; }

    /// <summary>True while the system is being asked for the file's pages.</summary>
    public bool IsReadingAhead => _reader is { IsAlive: true };

    public byte* Start => _start is not null ? _start : throw new ObjectDisposedException(nameof(GgufFile));

    public static GgufBytes Map(string path)
    {
        if (Directory.Exists(path))
            throw new GgufException("file", "is a folder: name the file in it");
        using SafeFileHandle handle = File.OpenHandle(path);
        long length = RandomAccess.GetLength(handle);
        if (length == 0)
            throw new GgufException("file", "is empty");
        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        return new GgufBytes(file, view, default, start + view.PointerOffset, length);
    }

    public static GgufBytes Pin(byte[] content)
    {
        GCHandle pin = GCHandle.Alloc(content, GCHandleType.Pinned);
        return new GgufBytes(null, null, pin, (byte*)pin.AddrOfPinnedObject(), content.Length);
    }

    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes at {offset} lie outside a file of {Length}");
        return new ReadOnlySpan<byte>(Start + offset, length);
    }

    /// <summary>Takes whole pages of a mapped file out of this process' memory; for an array it does nothing, whose content would be lost.</summary>
    public void GiveBack(byte* start, nint length)
    {
        const int DoNotNeed = 4;
        nint page = Environment.SystemPageSize;
        nint first = ((nint)start + page - 1) / page * page, end = ((nint)start + length) / page * page;
        if (_file is not null && OperatingSystem.IsLinux() && end > first)
            _ = Advise(first, end - first, DoNotNeed);
    }

    /// <summary>
    /// Lets the system read a mapped file from its disk in order, in the background, instead of page by page where threads happen to touch it.
    /// What is in memory already is passed over. For files that fit in memory.
    /// </summary>
    public void ReadAhead()
    {
        if (_file is null || !OperatingSystem.IsLinux() || _reader is not null)
            return;
        _reader = new Thread(AskForAll) { IsBackground = true, Name = "inference-file" };
        _reader.Start();
    }

    public void Dispose()
    {
        if (_start is null)
            return;
        _closing = true;
        _reader?.Join();
        _start = null;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
        if (_pin.IsAllocated)
            _pin.Free();
    }

    private void AskForAll()
    {
        const int WillNeed = 3;
        const long Stretch = 2 << 20;
        nint start = (nint)_start;
        for (long offset = 0; offset < Length && !_closing; offset += Stretch)
            _ = Advise(start + (nint)offset, (nint)Math.Min(Stretch, Length - offset), WillNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}

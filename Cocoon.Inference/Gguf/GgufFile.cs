namespace Cocoon.Inference.Gguf;

/// <summary>
/// A model file in GGUF version 2 or 3, little-endian (format: ggml's <c>docs/gguf.md</c>), mapped into memory and treated as untrusted:
/// the directory is checked in full when it is opened, and nothing is allocated by a count before the file was seen to hold that many.
/// </summary>
public sealed unsafe class GgufFile : IDisposable
{
    private readonly GgufBytes _bytes;
    private readonly Dictionary<string, GgufTensor> _tensorsByName;

    private GgufFile(GgufBytes bytes, GgufDirectory directory)
    {
        _bytes = bytes;
        Version = directory.Version;
        Metadata = new GgufMetadata(bytes, directory.Values);
        Tensors = directory.Tensors;
        _tensorsByName = directory.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Version of the format.</summary>
    public int Version { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length => _bytes.Length;

    /// <summary>The key-value pairs of the header.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>
    /// Maps a file and checks its directory. Throws <see cref="GgufException"/> for a damaged file and the usual I/O exceptions.
    /// The file must not be shortened while it is open: the operating system would end the process at the next touch.
    /// </summary>
    public static GgufFile Open(string path)
    {
        try
        {
            return Read(GgufBytes.Map(path));
        }
        catch (GgufException wrong)
        {
            throw new GgufException(wrong.Field, wrong.Problem, path);
        }
    }

    /// <summary>The same for a file that is already in memory.</summary>
    public static GgufFile Parse(byte[] content) => Read(GgufBytes.Pin(content));

    /// <summary>The tensor of that name, or null.</summary>
    public GgufTensor? FindTensor(string name) => _tensorsByName.GetValueOrDefault(name);

    /// <summary>A tensor's bytes; valid until the file is disposed. Only for tensors under 2 GiB.</summary>
    public ReadOnlySpan<byte> Data(GgufTensor tensor) => _bytes.Span(tensor.Offset, checked((int)tensor.ByteLength));

    /// <summary>Start of a tensor's bytes; valid until the file is disposed.</summary>
    internal byte* Pointer(GgufTensor tensor)
    {
        if (tensor.Offset < 0 || tensor.ByteLength < 0 || tensor.Offset > _bytes.Length - tensor.ByteLength)
            throw new ArgumentOutOfRangeException(nameof(tensor), $"{tensor.Name} lies outside the file");
        return _bytes.Start + tensor.Offset;
    }

    /// <summary>
    /// Takes the whole pages of a range out of this process' memory, because a copy in another form replaces them. They come back when touched.
    /// </summary>
    internal void GiveBack(byte* start, nint length) => _bytes.GiveBack(start, length);

    /// <summary>Lets the system read the file from its disk in order, in the background; for files that fit in memory.</summary>
    internal void ReadAhead() => _bytes.ReadAhead();

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => _bytes.Dispose();

    private static GgufFile Read(GgufBytes bytes)
    {
        try
        {
            return new GgufFile(bytes, GgufDirectory.Read(bytes));
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }
}

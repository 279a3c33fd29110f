using Cocoon.Inference.Gguf;

namespace Cocoon.Tests.Inference.Gguf;

public sealed unsafe class GgufBytesTests
{
    [Fact]
    public void Closing_a_file_waits_for_its_reading_ahead_to_end()
    {
        string path = Path.Combine(Path.GetTempPath(), $"cocoon-{Guid.NewGuid():n}.bytes");
        try
        {
            using (FileStream file = File.Create(path))
                file.SetLength(64 << 20);
            for (int round = 0; round < 20; round++)
            {
                GgufBytes bytes = GgufBytes.Map(path);
                Assert.False(bytes.IsReadingAhead);
                bytes.ReadAhead();
                bytes.ReadAhead();
                bytes.Dispose();
                Assert.False(bytes.IsReadingAhead);
                Assert.Throws<ObjectDisposedException>(() => _ = *bytes.Start);
                bytes.Dispose();
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_array_is_not_read_ahead()
    {
        using GgufBytes bytes = GgufBytes.Pin([1, 2, 3]);
        bytes.ReadAhead();
        Assert.False(bytes.IsReadingAhead);
        Assert.Equal(3, bytes.Span(2, 1)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = bytes.Span(2, 2).Length);
    }
}

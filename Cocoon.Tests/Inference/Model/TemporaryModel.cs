using Cocoon.Inference.Model;

namespace Cocoon.Tests.Inference.Model;

/// <summary>A random model in a file that goes away.</summary>
internal sealed class TemporaryModel : IDisposable
{
    public TemporaryModel(RandomModel model) => model.WriteTo(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"cocoon-{Guid.NewGuid():n}.gguf");

    public void Dispose() => File.Delete(Path);
}

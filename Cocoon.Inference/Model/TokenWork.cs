using Cocoon.Inference.Kernels;

namespace Cocoon.Inference.Model;

/// <summary>Work that is done token by token.</summary>
internal sealed class TokenWork(int tokens, Action<int> run) : ParallelWork
{
    public override int Items => tokens;

    public override void Run(int item, int thread) => run(item);
}

using Google.Protobuf;

namespace Cocoon.Client.Network;

/// <summary>Questions on the link that wait for their answers, by number.</summary>
internal sealed class AccountQuestions
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, TaskCompletionSource<IMessage>> waiting = [];
    private ulong last;

    public (ulong Number, Task<IMessage> Answer) Ask()
    {
        TaskCompletionSource<IMessage> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting[++last] = source;
            return (last, source.Task);
        }
    }

    public void Answer(ulong number, IMessage message)
    {
        TaskCompletionSource<IMessage>? source;
        lock (gate)
            waiting.Remove(number, out source);
        source?.TrySetResult(message);
    }

    public void Fail(string why)
    {
        TaskCompletionSource<IMessage>[] failed;
        lock (gate)
        {
            failed = [.. waiting.Values];
            waiting.Clear();
        }

        foreach (TaskCompletionSource<IMessage> source in failed)
            source.TrySetException(new JobException(JobFailure.Unreachable, why));
    }
}

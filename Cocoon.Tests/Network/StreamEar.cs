using System.Globalization;
using Cocoon.Actors.Client;
using Cocoon.Client.Network;
using Cocoon.Protocol;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Tests.Network;

/// <summary>Opens a stream as no honest client would, and keeps the first thing that is said on it.</summary>
internal sealed class StreamEar : IStreamOwner
{
    private readonly TaskCompletionSource<IMessage> heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IMessage> Heard => heard.Task.WaitAsync(Waiting.Patience);

    /// <summary>Asks to go on with a job of the client's account, over the client's connection.</summary>
    public static async Task<StreamEar> ResumeAsync(NetworkJobClient client, string job, long nextChunk, ulong run)
    {
        await client.GetModelsAsync(TestContext.Current.CancellationToken);
        string[] parts = job.Split('/');
        JobId id = new(client.Account, new SessionId(ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)), long.Parse(parts[2], CultureInfo.InvariantCulture));
        StreamEar ear = new();
        client.Ready!.Open(StreamKind.Resume, new ResumeOpen { Job = JobCall.NameOf(id), NextChunk = (ulong)nextChunk, Run = run }, ear, end: true);
        return ear;
    }

    public void OnData(byte[] body)
    {
    }

    public void OnMessage(IMessage message) => heard.TrySetResult(message);

    public void OnWritable()
    {
    }

    public void OnReset(LinkReason reason, string detail) => heard.TrySetException(new InvalidOperationException($"{reason} {detail}"));

    public void OnLost(string why) => heard.TrySetException(new InvalidOperationException(why));
}

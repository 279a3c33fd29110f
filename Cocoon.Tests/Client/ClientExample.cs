using System.Text;
using Cocoon.Client;
using Cocoon.Client.Keys;
using Cocoon.Client.Network;
using Cocoon.Client.Receipts;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;

namespace Cocoon.Tests.Client;

/// <summary>The example of docs/client.md, as it is compiled and run.</summary>
internal static class ClientExample
{
    public static async Task RunAsync(
        byte[] seed, string network, PublicKey operatorKey, string host, int port, string receipts, TextWriter output, CancellationToken stop)
    {
        // <example>
        using Ed25519Signer account = new(seed); // 32 secret bytes: the account's key
        await using ReceiptFolder folder = new(receipts);
        await using NetworkJobClient client = NetworkJobClient.Connect(new NetworkClientOptions
        {
            Scope = new Scope(NetworkId.Of(network), operatorKey),
            Account = account,
            Nodes = [(host, port)], // any of the operator's nodes; several are tried in turn
            CeilingHeadroom = new NanoTon(NanoTon.PerTon / 10), // the most that the operator can charge without a new signature
            Receipts = folder,
        });

        // A whole answer, and what it cost.
        ChatAnswer answer = await client.ChatAsync("cocoon-test", "Good morning", cancellationToken: stop);
        output.WriteLine($"{answer.Text} ({answer.Result.Cost} TON)");

        // Piece by piece. Leaving the loop, or cancelling, ends the job: what was received is paid, and nothing more.
        await foreach (string piece in client.StreamChatAsync("cocoon-test", "Good morning", cancellationToken: stop))
            output.Write(piece);

        // Any OpenAI request, with bounds on time and price.
        JobRequest request = new()
        {
            Model = "cocoon-test",
            Body = """{"model": "cocoon-test", "messages": [{"role": "user", "content": "Hello"}], "stream": true}"""u8.ToArray(),
            Stream = true,
            MaxOutputTokens = 100,
            TimeLimit = TimeSpan.FromSeconds(30),
            PriceCap = [new Rate(UsageClass.Completion, 200_000_000)], // nanoTON per million tokens
        };
        try
        {
            await using IJob job = await client.SubmitAsync(request, stop);
            await foreach (JobChunk chunk in job.ReadAsync(stop))
                output.WriteLine(Encoding.UTF8.GetString(chunk.Payload.Span));
            JobResult result = await job.Result;
            output.WriteLine($"{result.JobId} cost {result.Cost}, receipt verified: {result.Receipt!.Verified}");
        }
        catch (JobException refused) when (refused.IsTransient)
        {
            output.WriteLine($"{refused.Message}: again in {refused.RetryAfter ?? TimeSpan.FromSeconds(1)}");
        }

        // </example>
    }
}

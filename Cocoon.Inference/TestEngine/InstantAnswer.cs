using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;

namespace Cocoon.Inference.TestEngine;

/// <summary>
/// One answer made in advance and sent to every job as it is, so that a benchmark measures the path and not the stand-in. Its prompt
/// tokens are a quarter of the request's bytes.
/// </summary>
internal sealed class InstantAnswer
{
    private readonly EngineChunk[] chunks;
    private readonly EngineChunk whole;

    public InstantAnswer(TestEngineOptions options)
    {
        PromptDigest prompt = new(0, 1, 1, 1, null, Json: false);
        TestAnswer answer = TestAnswer.Make(prompt, options.Seed, 0, options.AnswerTokens, options.AnswerTokens);
        EngineJob job = new(EngineEndpoint.ChatCompletions, options.Model, default, options.AnswerTokens, Stream: true, "");
        TestResponses responses = new(job, prompt);
        UsageAmount[] one = [new UsageAmount(UsageClass.Completion, 1)];
        chunks =
        [
            .. answer.Pieces.Select((piece, i) => new EngineChunk(responses.Chunk(0, piece, first: i == 0), one, null)),
            new EngineChunk(responses.Last(0, answer.Finish), [], answer.Finish),
        ];
        whole = new EngineChunk(responses.Whole([answer], answer.Pieces.Count), [], answer.Finish);
    }

    public int Tokens => chunks.Length - 1;

    /// <summary>The chunk at a position, or null after the last.</summary>
    public EngineChunk? At(EngineJob job, int position)
    {
        UsageAmount prompt = new(UsageClass.Prompt, 1 + (job.Body.Length / 4));
        if (!job.Stream)
            return position == 0 ? whole with { Usage = [prompt, new UsageAmount(UsageClass.Completion, Tokens)] } : null;
        if (position >= chunks.Length)
            return null;
        return position == 0 ? chunks[0] with { Usage = [prompt, .. chunks[0].Usage] } : chunks[position];
    }
}

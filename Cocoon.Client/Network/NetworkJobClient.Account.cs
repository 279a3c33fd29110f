using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Client.Network;

/// <content>Questions outside any job: models, the network, the balance, purses.</content>
public sealed partial class NetworkJobClient
{
    private readonly AccountQuestions questions = new();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ModelInfo>> GetModelsAsync(CancellationToken cancellationToken = default)
    {
        Models models = await AskAsync<Models>(number => (FrameKind.ModelsQuery, new ModelsQuery { Query = number }), cancellationToken);
        return [.. models.Models_.Select(Describe)];
    }

    /// <inheritdoc/>
    public async ValueTask<NetworkInfo> GetNetworkAsync(CancellationToken cancellationToken = default)
    {
        NetworkState state = await AskAsync<NetworkState>(
            number => (FrameKind.NetworkQuery, new NetworkQuery { Query = number }), cancellationToken);
        return new NetworkInfo(
            options.Scope.Network.ToString(),
            new NanoTon(state.ValueLockedNanoTon),
            (int)state.Proxies,
            (int)state.Workers,
            (long)state.Clients,
            (int)state.JobsRunning,
            (int)state.JobsWaiting,
            (long)state.JobsSettled,
            [.. state.Tiers.Select(tier => new TierInfo(TierOf(tier.Tier), (int)tier.Workers, (int)tier.Slots, (int)tier.Running))]);
    }

    /// <inheritdoc/>
    public async ValueTask<BalanceInfo> GetBalanceAsync(CancellationToken cancellationToken = default)
    {
        Balance balance = await AskAsync<Balance>(number => (FrameKind.BalanceQuery, new BalanceQuery { Query = number }), cancellationToken);
        return new BalanceInfo(
            Account.ToString(),
            new NanoTon(balance.AvailableNanoTon),
            new NanoTon(balance.ReservedNanoTon),
            new NanoTon(balance.SettledNanoTon),
            new NanoTon(balance.CeilingNanoTon));
    }

    /// <summary>Makes a purse, or changes one: what it spent stays. Throws <see cref="JobException"/> when the operator refuses.</summary>
    public async ValueTask SetPurseAsync(PurseTerms terms, CancellationToken cancellationToken = default)
    {
        PurseAnswer answer = await AskAsync<PurseAnswer>(number => (FrameKind.PurseUpdate, PurseMessages.ToUpdate(terms, number)), cancellationToken);
        if (!answer.Accepted)
            throw new JobException(JobFailure.BadRequest, $"the operator refused the key: {answer.Reason}");
    }

    /// <summary>The account's purses, closed ones included, by id.</summary>
    public async ValueTask<IReadOnlyList<PurseInfo>> GetPursesAsync(CancellationToken cancellationToken = default)
    {
        List<PurseInfo> purses = [];
        ByteString after = ByteString.Empty;
        while (true)
        {
            Purses page = await AskAsync<Purses>(
                number => (FrameKind.PurseQuery, new PurseQuery { Query = number, After = after }), cancellationToken);
            purses.AddRange(page.Purses_.Select(PurseMessages.ToInfo));
            if (!page.More || page.Purses_.Count == 0)
                return purses;
            after = page.Purses_[^1].Terms.Purse;
        }
    }

    internal void Answered(ulong query, IMessage message) => questions.Answer(query, message);

    private static ModelInfo Describe(ModelState model) => new(
        model.Name,
        [TierOf(model.Tier)],
        [.. model.Price.Select(price => new Rate((UsageClass)price.UsageClass, price.NanoTonPerMillion))],
        (int)model.ContextTokens,
        (int)model.Workers,
        (int)model.Slots,
        (int)model.Running,
        (int)model.Waiting);

    private static JobTier TierOf(Tier tier) => tier == Tier.Attested ? JobTier.Attested : JobTier.Open;

    private async Task<TAnswer> AskAsync<TAnswer>(Func<ulong, (FrameKind, IMessage)> question, CancellationToken cancellationToken)
        where TAnswer : class, IMessage
    {
        ClientConnection connection = await ConnectedAsync(cancellationToken);
        (ulong number, Task<IMessage> answer) = questions.Ask();
        (FrameKind kind, IMessage message) = question(number);
        connection.Link.Send(0, kind, message, end: false);
        return (TAnswer)await InTimeAsync(answer, cancellationToken);
    }

    private async Task<IMessage> InTimeAsync(Task<IMessage> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(options.ConnectTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new JobException(JobFailure.Unreachable, $"the proxy is connected, but did not answer within {options.ConnectTimeout.TotalSeconds:0} s: try again");
        }
    }
}

using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Identity;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;
using Google.Protobuf;

namespace Cocoon.Client.Network;

/// <content>The account's money on the TON chain: its wallet, and taking money out.</content>
public sealed partial class NetworkJobClient
{
    private const int WithdrawalTries = 3;
    private readonly SemaphoreSlim oneQuestion = new(1, 1);
    private readonly Lock moneyGate = new();
    private TaskCompletionSource<IMessage>? moneyAnswer;

    /// <summary>
    /// Says which wallet is the account's: deposits from it are the account's without a comment, and withdrawals go there alone. Signed by the
    /// account's key; a later one replaces it.
    /// </summary>
    /// <param name="wallet">A TON address in its friendly form.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="WithdrawalException">The operator refuses it.</exception>
    public async ValueTask RegisterWalletAsync(string wallet, CancellationToken cancellationToken = default)
    {
        WalletRegistration registration = new(options.Scope, Account, time.GetUtcNow().ToUnixTimeMilliseconds(), ParseWallet(wallet));
        WalletUpdate update = new() { Registration = Statements.Sign(options.Account, registration.ToStatement()) };
        WalletAnswer answer = (WalletAnswer)await AskMoneyAsync(FrameKind.WalletUpdate, update, cancellationToken);
        if (!answer.Accepted)
            throw new WithdrawalException($"the wallet was not registered: {answer.Reason}");
    }

    /// <summary>
    /// Takes money out to the registered wallet; fees are the operator's. Signed by the account's key. When this returns, the money is durably
    /// on its way: <see cref="GetWithdrawalsAsync"/> shows it.
    /// </summary>
    /// <param name="amount">How much; not more than what is not reserved for running jobs.</param>
    /// <param name="wallet">The registered wallet.</param>
    /// <param name="number">0 for a new withdrawal; the number of an earlier one to ask again for the same, which is paid once.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The withdrawal's number.</returns>
    /// <exception cref="WithdrawalException">The operator refuses it, or it is not known whether it was taken; then ask again with its number.</exception>
    public async ValueTask<long> WithdrawAsync(NanoTon amount, string wallet, long number = 0, CancellationToken cancellationToken = default)
    {
        long chosen = number > 0 ? number : time.GetUtcNow().ToUnixTimeMilliseconds();
        WithdrawalRequest request = new(options.Scope, Account, chosen, amount, ParseWallet(wallet));
        Withdrawal signed = new() { Request = Statements.Sign(options.Account, request.ToStatement()) };
        // Who is not reached now has taken nothing.
        await ConnectedAsync(cancellationToken);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                WithdrawalAnswer answer = (WithdrawalAnswer)await AskMoneyAsync(FrameKind.Withdrawal, signed, cancellationToken);
                return answer.Accepted ? chosen : throw new WithdrawalException($"nothing was withdrawn: {answer.Reason}") { Number = chosen };
            }
            catch (JobException failure) when (failure.Failure == JobFailure.Unreachable)
            {
                // The same bytes again: a number is paid once.
                if (attempt == WithdrawalTries)
                    throw new WithdrawalException($"no answer: it is not known whether withdrawal {chosen} was taken. Ask again with this number", failure) { Number = chosen };
            }
        }
    }

    /// <summary>The account's withdrawals and refunds, the newest first.</summary>
    /// <exception cref="WithdrawalException">The operator cannot tell.</exception>
    public async ValueTask<IReadOnlyList<WithdrawalInfo>> GetWithdrawalsAsync(CancellationToken cancellationToken = default)
    {
        Earnings earnings = await AskAsync<Earnings>(query => (FrameKind.EarningsQuery, new EarningsQuery { Query = query }), cancellationToken);
        return earnings.Reason.Length == 0
            ? [.. earnings.Payouts.Select(Describe)]
            : throw new WithdrawalException(earnings.Reason);
    }

    internal void AnsweredMoney(IMessage message)
    {
        lock (moneyGate)
            moneyAnswer?.TrySetResult(message);
    }

    /// <summary>The answers name no question, so one is asked after the other.</summary>
    private async Task<IMessage> AskMoneyAsync(FrameKind kind, IMessage message, CancellationToken cancellationToken)
    {
        await oneQuestion.WaitAsync(cancellationToken);
        try
        {
            ClientConnection connection = await ConnectedAsync(cancellationToken);
            TaskCompletionSource<IMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (moneyGate)
                moneyAnswer = answer;
            connection.Link.Send(0, kind, message, end: false);
            return await InTimeAsync(answer.Task, cancellationToken);
        }
        finally
        {
            oneQuestion.Release();
        }
    }

    private static WalletAddress ParseWallet(string text) => WalletAddress.TryParse(text, out WalletAddress address)
        ? address
        : throw new WithdrawalException($"'{text}' is not a TON address in its friendly form (48 characters, UQ... or EQ...)");

    private static WithdrawalInfo Describe(PayoutLine line) => new(
        (long)line.Number,
        new NanoTon(line.AmountNanoTon),
        line.Phase switch
        {
            PayoutPhase.Pending => WithdrawalState.Pending,
            PayoutPhase.InFlight => WithdrawalState.InFlight,
            PayoutPhase.Paid => WithdrawalState.Paid,
            _ => WithdrawalState.Returned,
        },
        WalletAddress.TryRead(line.Destination.Span, out WalletAddress destination) ? destination.ToString() : "",
        Convert.ToHexStringLower(line.Transaction.Span),
        line.PaidUnixSeconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(line.PaidUnixSeconds, int.MaxValue)));
}

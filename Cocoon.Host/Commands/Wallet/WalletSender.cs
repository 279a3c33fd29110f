using Cocoon.Host.Keys;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Crypto;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Host.Commands.Wallet;

/// <summary>Sends from a wallet by hand, once, and waits until the chain shows it.</summary>
internal sealed class WalletSender(ITonChain chain, WalletFile wallet, Ed25519PrivateKey key, TimeProvider time)
{
    /// <summary>How many query ids at the end of their order payouts never use: kept for sending by hand.</summary>
    public const int ManualQueries = 16;

    private const int ValidSeconds = 120;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    // What a transfer costs at most, before it is measured: many times the dearest one seen.
    private static readonly Coins FeeReserve = Coins.Parse("0.05");

    /// <summary>Sends coins; returns the wallet's transaction that did it.</summary>
    /// <exception cref="WalletSendException">It cannot be sent, or did not appear in time; the message says what is known.</exception>
    public async Task<Transaction> SendAsync(FriendlyAddress to, Coins amount, string? comment, CancellationToken cancellation)
    {
        if (to.IsTestOnly && wallet.Network == TonNetwork.Mainnet)
            throw new WalletSendException($"{to} is for test networks only; this wallet holds real coins");
        AccountSnapshot account = await chain.GetAccountAsync(wallet.Contract.Address, cancellation);
        if (account.Balance < amount + FeeReserve)
            throw new WalletSendException($"the wallet holds {account.Balance} TON; {amount} and up to {FeeReserve} for fees are needed");
        AccountSnapshot payee = await chain.GetAccountAsync(to.Address, cancellation);

        // TEP-2: a bounceable address that is not deployed would send the coins back.
        if (to.IsBounceable && payee.Status != AccountStatus.Active)
            throw new WalletSendException($"{to} is not deployed and asks for bouncing: the coins would come back. Ask for its non-bounceable form (UQ...)");
        return await ExecuteAsync(account, Message.Transfer(to, amount, comment), cancellation);
    }

    /// <summary>Deploys the wallet's contract by a request that moves nothing.</summary>
    /// <exception cref="WalletSendException">It is deployed, has no coins, or did not appear in time.</exception>
    public async Task<Transaction> DeployAsync(CancellationToken cancellation)
    {
        AccountSnapshot account = await chain.GetAccountAsync(wallet.Contract.Address, cancellation);
        if (account.Status == AccountStatus.Active)
            throw new WalletSendException("the wallet is deployed");
        if (account.Balance < FeeReserve)
            throw new WalletSendException($"the wallet holds {account.Balance} TON; send at least {FeeReserve} to {wallet.Contract.Address.ToString(bounceable: false)} first");
        return await ExecuteAsync(account, null, cancellation);
    }

    private async Task<Transaction> ExecuteAsync(AccountSnapshot account, Message? message, CancellationToken cancellation)
    {
        bool deploy = account.Status != AccountStatus.Active;
        long validUntil = account.ChainTime + ValidSeconds;
        Cell body = await CreateBodyAsync(account, message, validUntil, cancellation);
        Message external = wallet.Contract.CreateExternal(body, deploy);
        Cell cell = external.ToCell();

        // The same bytes until the chain shows the transaction or they can no longer be executed: nothing can be sent twice.
        for (bool first = true; ; first = false)
        {
            SendResult result = await chain.SendAsync(cell, cancellation);
            AccountHistory history = await AccountHistory.ReadAsync(chain, wallet.Contract.Address, account.LastTransaction, cancellation: cancellation);
            foreach (Transaction transaction in history.Transactions)
            {
                if (transaction.InMessage is { Message: { Info: ExternalInMessageInfo } came } && came.NormalizedHash == external.NormalizedHash)
                    return transaction;
            }

            if (first && IsFinal(result))
                throw new WalletSendException($"the wallet refuses the request (exit code {result.ExitCode}): {FirstLine(result.Detail)}");
            if (history.Account.ChainTime > validUntil + TimeoutBeyond)
                throw new WalletSendException($"the request did not come through and is void since {validUntil} (unix time): nothing was sent, try again");
            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <summary>A highload request stays valid for the wallet's timeout from its creation.</summary>
    private int TimeoutBeyond => wallet.Kind == WalletKind.HighloadV3 ? wallet.TimeoutSeconds : 0;

    private async Task<Cell> CreateBodyAsync(AccountSnapshot account, Message? message, long validUntil, CancellationToken cancellation)
    {
        OutgoingMessage[] outgoing = message is null ? [] : [new OutgoingMessage(message, SendMode.PayFeesSeparately)];
        if (wallet.Contract is HighloadWalletV3 highload)
            return await CreateHighloadBodyAsync(highload, account, outgoing, cancellation);
        uint seqno = 0;
        if (account.Status == AccountStatus.Active)
            seqno = (uint)(await chain.RunGetMethodAsync(wallet.Contract.Address, "seqno", cancellation: cancellation)).Number(0);
        UnsignedBody body = wallet.Contract switch
        {
            WalletV5R1 v5 => v5.CreateTransfer(seqno, (uint)validUntil, outgoing),
            WalletV4R2 v4 => v4.CreateTransfer(seqno, (uint)validUntil, outgoing),
            WalletV3 v3 => v3.CreateTransfer(seqno, (uint)validUntil, outgoing),
            _ => throw new InvalidOperationException($"{wallet.Contract.GetType().Name} cannot send by hand"),
        };
        return body.Sign(key);
    }

    private async Task<Cell> CreateHighloadBodyAsync(
        HighloadWalletV3 highload, AccountSnapshot account, OutgoingMessage[] outgoing, CancellationToken cancellation)
    {
        HighloadQueryId query = await FreeQueryAsync(highload, account, cancellation);

        // The contract wants a message; one of nothing to itself, which may fail, moves nothing.
        OutgoingMessage only = outgoing.Length == 1
            ? outgoing[0]
            : new OutgoingMessage(Message.Internal(highload.Address, Coins.Zero, bounce: false), SendMode.PayFeesSeparately | SendMode.IgnoreErrors);
        return highload.CreateTransfer(query, account.ChainTime - 30, only).Sign(key);
    }

    /// <summary>
    /// The first unused id, always from the same end: what an interrupted send may still have under way has the same id as the next one, so
    /// that only one of them is executed.
    /// </summary>
    private async Task<HighloadQueryId> FreeQueryAsync(HighloadWalletV3 highload, AccountSnapshot account, CancellationToken cancellation)
    {
        for (int sequence = HighloadQueryId.Count - 1; sequence >= HighloadQueryId.Count - ManualQueries; sequence--)
        {
            HighloadQueryId query = HighloadQueryId.FromSequence(sequence);
            if (account.Status != AccountStatus.Active)
                return query;
            GetMethodResult processed = await chain.RunGetMethodAsync(
                highload.Address, "processed?", [new StackItem.Number(query.Value), new StackItem.Number(0)], cancellation);
            if (processed.Number(0).IsZero)
                return query;
        }

        throw new WalletSendException(
            $"{ManualQueries} requests were sent from this wallet by hand in the last {2 * highload.TimeoutSeconds / 60} minutes; wait until they are over");
    }

    /// <summary>
    /// Whether the request was refused and can't have been executed. The exit codes of a replay say that it may have been: by an attempt whose
    /// answer was lost, on a node that is ahead.
    /// </summary>
    private static bool IsFinal(SendResult result) => result.Verdict == SendVerdict.Malformed
        || (result.Verdict == SendVerdict.Rejected && result.ExitCode is not (null or 33 or 36 or 133));

    private static string FirstLine(string text) => text.Split('\n')[0];
}

/// <summary>Nothing was sent, or it is not known whether; the message says which.</summary>
internal sealed class WalletSendException(string message) : Exception(message);

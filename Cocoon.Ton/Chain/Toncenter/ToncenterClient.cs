using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>
/// The chain through servers of the toncenter v2 HTTP API (ton-http-api), by REST or JSON-RPC. Every transaction is read from its cell and
/// checked against the hash and account that the answer states. Thread safe.
/// </summary>
public sealed class ToncenterClient : ITonChain, IDisposable
{
    private const int TransactionsMax = 100;

    private readonly ToncenterTransport transport;
    private readonly bool archival;

    /// <summary>Opens a client.</summary>
    /// <param name="options">Servers and limits.</param>
    /// <param name="time">The clock; the system's for null.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message says which.</exception>
    public ToncenterClient(ToncenterOptions options, TimeProvider? time = null)
        : this(options, time ?? TimeProvider.System, Random.Shared, CreateHandler())
    {
    }

    internal ToncenterClient(ToncenterOptions options, TimeProvider time, Random random, HttpMessageHandler handler)
    {
        transport = new ToncenterTransport(options, time, random, handler);
        archival = options.RequestArchival;
    }

    /// <inheritdoc/>
    public event Action<ChainState>? StateChanged
    {
        add => transport.StateChanged += value;
        remove => transport.StateChanged -= value;
    }

    /// <inheritdoc/>
    public ChainState State => transport.State;

    /// <inheritdoc/>
    public async Task<uint> GetMasterchainSeqnoAsync(CancellationToken cancellation = default) => (await transport.CallAsync(
        new ToncenterCall("getMasterchainInfo", []),
        result => new Box<uint>(result.GetProperty("last").GetProperty("seqno").GetUInt32()),
        null,
        cancellation)).Value;

    /// <inheritdoc/>
    public Task<AccountSnapshot> GetAccountAsync(Address address, CancellationToken cancellation = default) => transport.CallAsync(
        new ToncenterCall("getAddressInformation", new JsonObject { ["address"] = address.ToString() }),
        result => ToncenterJson.ReadAccount(address, result),
        null,
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Transaction>> GetTransactionsAsync(
        Address address, TransactionId? from = null, int limit = 20, CancellationToken cancellation = default)
    {
        if (limit is < 1 or > TransactionsMax)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"expected 1 to {TransactionsMax}");
        JsonObject parameters = new() { ["address"] = address.ToString(), ["limit"] = limit };
        if (archival)
            parameters["archival"] = true;
        if (from is TransactionId first)
        {
            parameters["lt"] = first.Lt.ToString(CultureInfo.InvariantCulture);
            parameters["hash"] = first.Hash.ToString();
        }

        return transport.CallAsync(
            new ToncenterCall("getTransactions", parameters),
            result => ToncenterJson.ReadTransactions(address, from, limit, result),
            null,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<GetMethodResult> RunGetMethodAsync(
        Address address, string method, IReadOnlyList<StackItem>? stack = null, CancellationToken cancellation = default) => transport.CallAsync(
        new ToncenterCall(
            "runGetMethod",
            new JsonObject { ["address"] = address.ToString(), ["method"] = method, ["stack"] = StackJson.Write(stack ?? []) },
            IsPost: true),
        result => new GetMethodResult(
            result.GetProperty("exit_code").GetInt32(), result.GetProperty("gas_used").GetInt64(), StackJson.Read(result.GetProperty("stack"))),
        null,
        cancellation);

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(Cell message, CancellationToken cancellation = default)
    {
        byte[] boc = message.ToBoc();
        BocLimits limits = BocLimits.ExternalMessage;
        if (boc.Length > limits.BytesMax || message.Depth > limits.DepthMax)
        {
            string detail = $"{boc.Length} bytes and depth {message.Depth}; nodes accept {limits.BytesMax} and {limits.DepthMax}";
            return Task.FromResult(new SendResult(SendVerdict.Malformed, null, detail));
        }

        return transport.CallAsync(
            new ToncenterCall("sendBoc", new JsonObject { ["boc"] = Convert.ToBase64String(boc) }, IsPost: true),
            _ => new SendResult(SendVerdict.Accepted, null, ""),
            SendVerdictReader.Read,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<FeeEstimate> EstimateFeeAsync(Message message, CancellationToken cancellation = default)
    {
        ExternalInMessageInfo info = message.Info as ExternalInMessageInfo
            ?? throw new ArgumentException("only external messages to a contract can be estimated", nameof(message));
        JsonObject parameters = new()
        {
            ["address"] = info.Destination.ToString(),
            ["body"] = message.Body.ToBase64(),
            ["init_code"] = message.Init?.Code?.ToBase64() ?? "",
            ["init_data"] = message.Init?.Data?.ToBase64() ?? "",
            ["ignore_chksig"] = true,
        };
        return transport.CallAsync(new ToncenterCall("estimateFee", parameters, IsPost: true), ToncenterJson.ReadFees, null, cancellation);
    }

    /// <inheritdoc/>
    public Task<Cell> GetConfigParameterAsync(int parameter, CancellationToken cancellation = default) => transport.CallAsync(
        new ToncenterCall("getConfigParam", new JsonObject { ["param"] = parameter, ["config_id"] = parameter }),
        result => Cell.FromBase64(result.GetProperty("config").GetProperty("bytes").GetString()!),
        null,
        cancellation);

    /// <inheritdoc/>
    public void Dispose() => transport.Dispose();

    private static SocketsHttpHandler CreateHandler() => new()
    {
        // A redirect would carry the key to wherever it leads.
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        UseCookies = false,
    };

    private sealed record Box<T>(T Value);
}

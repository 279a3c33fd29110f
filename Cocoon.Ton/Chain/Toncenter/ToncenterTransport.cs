using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>Makes calls: chooses an endpoint, waits for its place, reads a bounded answer in bounded time, and tries again elsewhere.</summary>
internal sealed class ToncenterTransport : IDisposable
{
    private readonly ToncenterOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private readonly EndpointHealth[] endpoints;
    private readonly Lock gate = new();
    private bool reachable = true;
    private DateTimeOffset since;
    private string? problem;

    public ToncenterTransport(ToncenterOptions options, TimeProvider time, Random random, HttpMessageHandler handler)
    {
        options.Validate();
        this.options = options;
        this.time = time;
        since = time.GetUtcNow();
        endpoints = [.. options.Endpoints.Select(endpoint => new EndpointHealth(endpoint, options, time, random))];
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public event Action<ChainState>? StateChanged;

    public ChainState State
    {
        get
        {
            lock (gate)
                return new ChainState(reachable, since, problem, [.. endpoints.Select(endpoint => endpoint.State)]);
        }
    }

    /// <summary>Makes a call until one endpoint gives an answer that <paramref name="parse"/> can read.</summary>
    /// <param name="call">What to ask.</param>
    /// <param name="parse">Reads the result; what it throws for data in another form counts as the endpoint's failure.</param>
    /// <param name="parseFailure">Reads an error that is an answer; returns null for other errors.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<T> CallAsync<T>(
        ToncenterCall call, Func<JsonElement, T> parse, Func<ToncenterReply, T?>? parseFailure, CancellationToken cancellation)
        where T : class
    {
        using CancellationTokenSource deadline = new(options.CallTimeout, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        string last = "no attempt was possible in time";
        try
        {
            for (int attempt = 0; attempt < options.AttemptsMax; attempt++)
            {
                EndpointHealth chosen = endpoints.MinBy(endpoint => endpoint.Delay)!;
                await Task.Delay(chosen.Reserve(), time, linked.Token);
                ToncenterReply reply = await RequestAsync(chosen.Endpoint, call, linked.Token);
                if (TryRead(reply, parse, parseFailure, out T? value, out string failure))
                {
                    chosen.Succeeded();
                    SetReachable(null);
                    return value!;
                }

                if (reply.Kind == ReplyKind.Refused)
                {
                    chosen.Succeeded();
                    SetReachable(null);
                    throw new ChainRequestException($"{chosen.Endpoint.Name} refuses {call.Method}: {reply.Problem}", reply.Code);
                }

                last = $"{chosen.Endpoint.Name}: {failure}";
                chosen.Failed(failure, reply.RetryAfter);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            last += $" (the call ended after {options.CallTimeout.TotalSeconds:0} s)";
        }

        SetReachable(last);
        throw new ChainUnavailableException($"no endpoint answered {call.Method}; the last problem was {last}");
    }

    public void Dispose() => http.Dispose();

    private static bool TryRead<T>(
        ToncenterReply reply, Func<JsonElement, T> parse, Func<ToncenterReply, T?>? parseFailure, out T? value, out string failure)
        where T : class
    {
        value = null;
        failure = reply.Problem;
        if (reply.Kind != ReplyKind.Success)
        {
            value = parseFailure?.Invoke(reply);
            return value is not null;
        }

        try
        {
            value = parse(reply.Result);
            return true;
        }
        catch (Exception problem) when (problem is FormatException or KeyNotFoundException or InvalidOperationException or OverflowException)
        {
            failure = $"an answer in an unknown form: {problem.Message}";
            return false;
        }
    }

    private async Task<ToncenterReply> RequestAsync(ToncenterEndpoint endpoint, ToncenterCall call, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(options.RequestTimeout, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            using HttpRequestMessage request = CreateRequest(endpoint, call);
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            byte[]? body = await ReadBoundedAsync(response, linked.Token);
            return body is null
                ? ToncenterReply.Failed($"an answer of more than {options.ResponseBytesMax} bytes", (int)response.StatusCode)
                : ToncenterReply.Read(response.StatusCode, body, RetryAfter(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ToncenterReply.Failed($"no answer in {options.RequestTimeout.TotalSeconds:0.#} s");
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException)
        {
            return ToncenterReply.Failed(problem.InnerException is { } inner ? $"{problem.Message} {inner.Message}" : problem.Message);
        }
    }

    private static HttpRequestMessage CreateRequest(ToncenterEndpoint endpoint, ToncenterCall call)
    {
        HttpRequestMessage request;
        if (endpoint.UseJsonRpc)
        {
            JsonObject envelope = new()
            {
                ["id"] = "1",
                ["jsonrpc"] = "2.0",
                ["method"] = call.Method,
                ["params"] = call.Parameters.DeepClone(),
            };
            request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint.BaseUri, "jsonRPC")) { Content = Json(envelope) };
        }
        else if (call.IsPost)
        {
            request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint.BaseUri, call.Method)) { Content = Json(call.Parameters) };
        }
        else
        {
            string query = string.Join('&', call.Parameters.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!.ToString())}"));
            request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint.BaseUri, query.Length == 0 ? call.Method : $"{call.Method}?{query}"));
        }

        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (endpoint.ApiKey is not null)
            request.Headers.Add("X-API-Key", endpoint.ApiKey);
        return request;
    }

    private static StringContent Json(JsonObject value) => new(value.ToJsonString(), Encoding.UTF8, "application/json");

    /// <summary>The body, or null when it is longer than allowed.</summary>
    private async Task<byte[]?> ReadBoundedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > options.ResponseBytesMax)
            return null;
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        using MemoryStream body = new();
        byte[] part = new byte[16 * 1_024];
        while (true)
        {
            int read = await stream.ReadAsync(part, cancellation);
            if (read == 0)
                return body.ToArray();
            if (body.Length + read > options.ResponseBytesMax)
                return null;
            body.Write(part, 0, read);
        }
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is DateTimeOffset date ? date - time.GetUtcNow() : null);

    private void SetReachable(string? newProblem)
    {
        bool changed;
        lock (gate)
        {
            problem = newProblem;
            changed = reachable != (newProblem is null);
            if (changed)
            {
                reachable = newProblem is null;
                since = time.GetUtcNow();
            }
        }

        if (changed)
            StateChanged?.Invoke(State);
    }
}

/// <summary>A method of the API and its parameters.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Parameters">Its parameters; plain values for a GET.</param>
/// <param name="IsPost">Whether the REST form is a POST.</param>
internal sealed record ToncenterCall(string Method, JsonObject Parameters, bool IsPost = false);

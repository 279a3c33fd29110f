namespace Cocoon.Ton.Chain.Toncenter;

/// <summary>One server of the toncenter v2 API.</summary>
public sealed class ToncenterEndpoint
{
    private const int KeyCharactersMax = 256;

    /// <summary>Describes a server.</summary>
    /// <param name="baseUri">Where its methods are, such as <c>https://toncenter.com/api/v2/</c>.</param>
    /// <param name="apiKey">The key to present, or null.</param>
    /// <exception cref="ArgumentException">The address is not http or https, or a key would travel unencrypted to another machine.</exception>
    public ToncenterEndpoint(Uri baseUri, string? apiKey = null)
    {
        if (!baseUri.IsAbsoluteUri || baseUri.Scheme is not ("http" or "https"))
            throw new ArgumentException($"{baseUri} is not an http or https address", nameof(baseUri));
        if (apiKey is not null && baseUri.Scheme == "http" && !baseUri.IsLoopback)
            throw new ArgumentException($"the key for {baseUri.Host} would travel unencrypted: use https", nameof(baseUri));
        BaseUri = baseUri.AbsolutePath.EndsWith('/') ? baseUri : new Uri(baseUri.AbsoluteUri + "/");
        ApiKey = apiKey;
        RequestsPerSecond = apiKey is null ? 1 : 10;
    }

    /// <summary>Where its methods are; ends with a slash.</summary>
    public Uri BaseUri { get; }

    /// <summary>Whether to call methods by JSON-RPC at one address rather than each at its own. Default false.</summary>
    public bool UseJsonRpc { get; init; }

    /// <summary>Requests a second that the server grants. Default 1 without a key, 10 with one.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>Requests that may go out at once after a pause. Default 2.</summary>
    public int Burst { get; init; } = 2;

    /// <summary>Scheme, host and port: what may be shown.</summary>
    public string Name => BaseUri.GetLeftPart(UriPartial.Authority);

    internal string? ApiKey { get; }

    /// <summary>Reads a key from a file that holds nothing else.</summary>
    /// <exception cref="InvalidDataException">The file is empty, too long or has several words.</exception>
    public static string ReadKeyFile(string path)
    {
        string key = File.ReadAllText(path).Trim();
        return key.Length is > 0 and <= KeyCharactersMax && key.All(character => character is > ' ' and <= '~')
            ? key
            : throw new InvalidDataException($"{path} must hold one API key of 1 to {KeyCharactersMax} characters and nothing else");
    }

    /// <summary>The name; never the key.</summary>
    public override string ToString() => Name;
}

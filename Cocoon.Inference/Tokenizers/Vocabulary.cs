using System.Text;
using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Tokenizers;

/// <summary>The entries of a model's vocabulary.</summary>
internal sealed class Vocabulary
{
    private const int MostTokens = 4 * 1024 * 1024;
    private const int MostTokenBytes = 16 * 1024;

    private readonly byte[][] spellings;
    private readonly TokenKind[] kinds;
    private readonly byte[][] bytes;

    private Vocabulary(byte[][] spellings, TokenKind[] kinds, bool isByteLevel)
    {
        this.spellings = spellings;
        this.kinds = kinds;
        bytes = new byte[spellings.Length][];
        for (int id = 0; id < spellings.Length; id++)
            bytes[id] = isByteLevel ? ByteLevelBytes(id) : SentencePieceBytes(id);
    }

    public int Count => spellings.Length;

    /// <summary>Reads tokens and kinds. Throws <see cref="TokenizerException"/> naming the field.</summary>
    public static Vocabulary Read(GgufMetadata metadata, bool isByteLevel)
    {
        const string Tokens = "tokenizer.ggml.tokens";
        const string Kinds = "tokenizer.ggml.token_type";
        if (metadata.TryGet(Tokens, out GgufValue value) && value.Count > MostTokens)
            throw new TokenizerException(Tokens, $"{value.Count} entries are more than {MostTokens}");
        byte[][] spellings = metadata.GetUtf8Array(Tokens);
        if (spellings.Length == 0)
            throw new TokenizerException(Tokens, "is empty");
        int tooLong = Array.FindIndex(spellings, entry => entry.Length > MostTokenBytes);
        if (tooLong >= 0)
            throw new TokenizerException($"{Tokens}[{tooLong}]", $"is longer than {MostTokenBytes} bytes");
        TokenKind[] kinds = new TokenKind[spellings.Length];
        Array.Fill(kinds, TokenKind.Normal);
        if (metadata.Contains(Kinds))
        {
            int[] numbers = metadata.GetInt32Array(Kinds);
            if (numbers.Length != kinds.Length)
                throw new TokenizerException(Kinds, $"has {numbers.Length} entries for {kinds.Length} tokens");
            for (int id = 0; id < kinds.Length; id++)
                kinds[id] = numbers[id] is >= 1 and <= 6 ? (TokenKind)numbers[id] : TokenKind.Unused;
        }

        return new Vocabulary(spellings, kinds, isByteLevel);
    }

    /// <summary>The entry as the model file writes it.</summary>
    public ReadOnlySpan<byte> Spelling(int id) => spellings[id];

    public TokenKind Kind(int id) => kinds[id];

    /// <summary>The bytes that a token stands for in text.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => bytes[id];

    /// <summary>The entry as text, for people.</summary>
    public string Text(int id) => Encoding.UTF8.GetString(bytes[id]);

    /// <summary>Ids by spelling, of the kinds that text can form by itself.</summary>
    public Dictionary<byte[], int> PlainIds(Func<int, byte[]> key)
    {
        Dictionary<byte[], int> ids = new(Count, ByteKeyComparer.Instance);
        for (int id = 0; id < Count; id++)
        {
            if (kinds[id] is TokenKind.Normal)
                ids.TryAdd(key(id), id);
        }

        return ids;
    }

    public byte[] SpellingArray(int id) => spellings[id];

    public byte[] ByteArray(int id) => bytes[id];

    /// <summary>The id of the control or user-defined token with that text, or -1.</summary>
    public int FindSpecial(string text)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(text);
        for (int id = Count - 1; id >= 0; id--)
        {
            if (kinds[id] is TokenKind.Control or TokenKind.UserDefined && bytes[id].AsSpan().SequenceEqual(wanted))
                return id;
        }

        return -1;
    }

    private byte[] ByteLevelBytes(int id) => kinds[id] is TokenKind.Normal or TokenKind.Unused ? ByteLevelAlphabet.Decode(spellings[id]) : spellings[id];

    private byte[] SentencePieceBytes(int id)
    {
        byte[] spelling = spellings[id];
        if (kinds[id] == TokenKind.Byte)
            return SentencePieceEncoder.TryReadByte(spelling, out byte value) ? [value] : spelling;
        return kinds[id] is TokenKind.Normal or TokenKind.UserDefined && spelling.AsSpan().IndexOf(SentencePieceEncoder.SpaceMark) >= 0
            ? SentencePieceEncoder.WithSpaces(spelling)
            : spelling;
    }
}

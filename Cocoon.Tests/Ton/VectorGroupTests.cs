using Cocoon.Tests.Ton.Cells;
using Cocoon.Tests.Ton.Crypto;
using Cocoon.Tests.Ton.Messages;
using Cocoon.Tests.Ton.Wallets;

namespace Cocoon.Tests.Ton;

/// <summary>Every group of cases in the vectors has a test, or a reason here why it has none.</summary>
public sealed class VectorGroupTests
{
    private static readonly Dictionary<string, Type> TestedBy = new(StringComparer.Ordinal)
    {
        ["ed25519"] = typeof(Ed25519Tests),
        ["ed25519_reject"] = typeof(Ed25519Tests),
        ["x25519"] = typeof(X25519Tests),
        ["crc"] = typeof(CellVectorTests),
        ["method_ids"] = typeof(MessageVectorTests),
        ["addresses"] = typeof(AddressVectorTests),
        ["addresses_reject"] = typeof(AddressVectorTests),
        ["cells"] = typeof(CellVectorTests),
        ["cells_large"] = typeof(CellVectorTests),
        ["exotic"] = typeof(CellVectorTests),
        ["boc_variants"] = typeof(CellVectorTests),
        ["boc_invalid"] = typeof(CellVectorTests),
        ["coins"] = typeof(CoinsVectorTests),
        ["coins_reject"] = typeof(CoinsVectorTests),
        ["coin_text"] = typeof(CoinsVectorTests),
        ["dicts"] = typeof(CellVectorTests),
        ["comments"] = typeof(MessageVectorTests),
        ["messages"] = typeof(MessageVectorTests),
        ["state_init"] = typeof(MessageVectorTests),
        ["wallet_codes"] = typeof(WalletVectorTests),
        ["mnemonics"] = typeof(MnemonicVectorTests),
        ["mnemonics_reject"] = typeof(MnemonicVectorTests),
        ["wordlist_sha256"] = typeof(MnemonicVectorTests),
        ["transfers"] = typeof(WalletVectorTests),
        ["highload_query_ids"] = typeof(WalletVectorTests),
        ["jettons"] = typeof(MessageVectorTests),
        ["transactions"] = typeof(Accounts.TransactionVectorTests),
    };

    private static readonly Dictionary<string, string> LeftOut = new(StringComparer.Ordinal)
    {
        ["meta"] = "says how the cases were made",
        ["adnl"] = "the handshake and frames of a liteserver's connection: this project reaches the chain by HTTP alone",
    };

    [Fact]
    public void EveryGroupHasATestOrAReason()
    {
        string[] groups = [.. TonVectors.Root.EnumerateObject().Select(group => group.Name).Order(StringComparer.Ordinal)];
        Assert.Equal([.. TestedBy.Keys.Concat(LeftOut.Keys).Order(StringComparer.Ordinal)], groups);
        string tests = Path.Combine(SharedVectors.RepositoryRoot, "Cocoon.Tests", "Ton");
        Assert.All(TestedBy, pair =>
        {
            string file = Assert.Single(Directory.GetFiles(tests, pair.Value.Name + ".cs", SearchOption.AllDirectories));
            Assert.Contains($"\"{pair.Key}\"", File.ReadAllText(file), StringComparison.Ordinal);
        });
    }
}

using Cocoon.Host.Configuration.Hocon;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Tests.Host.Configuration;

public class HoconRoundTripTests
{
    private static readonly HoconOrigin Nowhere = new("generated", 0, 0);

    [Fact]
    public void What_is_written_reads_back_the_same() => Prop.ForAll(
        Arb.From(Objects(3)),
        value => HoconText.Show(HoconText.Read(HoconWriter.Write(value))) == HoconText.Show(value)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_path_reads_back_the_same() => Prop.ForAll(
        Arb.From(Gen.NonEmptyListOf(Texts()).Select(keys => new HoconPath([.. keys.Take(8)]))),
        path => HoconText.Read($"{path} = x").Find(path) is HoconScalar { Text: "x" }).QuickCheckThrowOnFailure();

    private static Gen<string> Texts() => ArbMap.Default.GeneratorFor<NonNull<string>>()
        .Select(text => text.Get.Replace("\0", "", StringComparison.Ordinal))
        .Or(Gen.Elements("", "null", "a b", " a ", "${a}", "\"\"\"", "\\", "//", "é\n\ud83d\ude00", "include", "1.5"));

    private static Gen<HoconValue> Values(int depth) => depth == 0 ? Scalars() : Gen.OneOf(Scalars(), Arrays(depth - 1), Objects(depth - 1).Select(HoconValue (value) => value));

    private static Gen<HoconValue> Scalars() =>
        Texts().Select(HoconValue (text) => new HoconScalar(Nowhere, text)).Or(Gen.Constant<HoconValue>(new HoconScalar(Nowhere, null)));

    private static Gen<HoconValue> Arrays(int depth) =>
        Values(depth).ListOf().Select(HoconValue (items) => new HoconArray(Nowhere, [.. items.Take(5)]));

    private static Gen<HoconObject> Objects(int depth) =>
        from keys in Texts().ListOf()
        let distinct = keys.Distinct(StringComparer.Ordinal).Take(5).ToArray()
        from values in Values(depth).ListOf(distinct.Length)
        select new HoconObject(Nowhere, [.. distinct.Zip(values, KeyValuePair.Create)]);
}

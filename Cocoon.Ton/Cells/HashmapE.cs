using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Cocoon.Ton.Cells;

/// <summary>
/// TON's dictionary (TL-B <c>HashmapE n X</c>): keys of a fixed number of bits in a binary tree of cells. Enumerates in insertion order;
/// the cells it becomes depend on the content only. Not thread safe.
/// </summary>
public sealed class HashmapE<TKey, TValue> : IReadOnlyCollection<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    private readonly DictionaryKey<TKey> keys;
    private readonly DictionaryValue<TValue> values;
    private readonly OrderedDictionary<TKey, TValue> entries = [];

    /// <summary>Creates an empty dictionary.</summary>
    public HashmapE(DictionaryKey<TKey> keys, DictionaryValue<TValue> values)
    {
        this.keys = keys;
        this.values = values;
    }

    /// <summary>Number of entries.</summary>
    public int Count => entries.Count;

    /// <summary>Gets an entry that must be there, or sets one.</summary>
    /// <exception cref="KeyNotFoundException">There is no such key.</exception>
    public TValue this[TKey key]
    {
        get => entries[key];
        set => entries[key] = value;
    }

    /// <summary>Gets an entry; false when there is none.</summary>
    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => entries.TryGetValue(key, out value);

    /// <summary>Removes an entry; false when there is none.</summary>
    public bool Remove(TKey key) => entries.Remove(key);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => entries.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Reads the dictionary below a root cell; null is the empty one. Exotic branches (of a proof) are passed over.</summary>
    /// <param name="root">The root edge, or null.</param>
    /// <param name="keys">How keys are written.</param>
    /// <param name="values">How values are written.</param>
    /// <param name="entriesMax">The most entries to read: a shared subtree can stand for more entries than there are atoms.</param>
    /// <exception cref="TonFormatException">The cells are not such a dictionary, or it has more entries.</exception>
    public static HashmapE<TKey, TValue> Load(Cell? root, DictionaryKey<TKey> keys, DictionaryValue<TValue> values, int entriesMax = 65_536)
    {
        HashmapE<TKey, TValue> result = new(keys, values);
        if (root is not null)
            new HashmapReader(keys.Bits, entriesMax, (key, leaf) => result.entries[keys.Load(key)] = values.Load(leaf)).Read(root);
        return result;
    }

    /// <summary>The root edge as a cell; null when the dictionary is empty. Bare <c>Hashmap n X</c>.</summary>
    /// <exception cref="CellOverflowException">A value leaves no room for its key's label.</exception>
    public Cell? ToRoot()
    {
        if (entries.Count == 0)
            return null;
        HashmapWriter<TValue> writer = new(keys.Bits, values);
        foreach ((TKey key, TValue value) in entries)
        {
            CellBuilder builder = CellBuilder.BeginCell();
            keys.Store(builder, key);
            writer.Add(builder, value);
        }

        return writer.Write();
    }
}

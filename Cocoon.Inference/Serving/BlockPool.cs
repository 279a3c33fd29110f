namespace Cocoon.Inference.Serving;

/// <summary>
/// Hands out the blocks of the key-value cache. A block holding a computed stretch of a prompt stays findable by its hash after its last
/// user has gone, until its memory is needed: the one unused longest goes first.
/// </summary>
internal sealed class BlockPool
{
    private readonly Stack<int> _free = new();
    private readonly int[] _users;
    private readonly UInt128?[] _hashes;
    private readonly Dictionary<UInt128, int> _byHash = [];
    private readonly LinkedList<int> _idle = new();
    private readonly LinkedListNode<int>?[] _idleNodes;

    public BlockPool(int blocks)
    {
        _users = new int[blocks];
        _hashes = new UInt128?[blocks];
        _idleNodes = new LinkedListNode<int>?[blocks];
        for (int block = blocks - 1; block >= 0; block--)
            _free.Push(block);
    }

    /// <summary>All blocks.</summary>
    public int Total => _users.Length;

    /// <summary>Blocks that can be taken now.</summary>
    public int Available => _free.Count + _idle.Count;

    /// <summary>Blocks that sequences hold.</summary>
    public int Used => Total - Available;

    /// <summary>Takes a block; there must be one available.</summary>
    public int Take()
    {
        if (!_free.TryPop(out int block))
        {
            LinkedListNode<int> oldest = _idle.First ?? throw new InvalidOperationException("no cache block is available: admission must prevent this");
            block = oldest.Value;
            _idle.Remove(oldest);
            _idleNodes[block] = null;
            _byHash.Remove(_hashes[block]!.Value);
            _hashes[block] = null;
        }

        _users[block] = 1;
        return block;
    }

    /// <summary>Takes the block that holds the stretch with that hash, if there is one.</summary>
    public bool TryShare(UInt128 hash, out int block)
    {
        if (!_byHash.TryGetValue(hash, out block))
            return false;
        if (_users[block]++ == 0)
        {
            _idle.Remove(_idleNodes[block]!);
            _idleNodes[block] = null;
        }

        return true;
    }

    /// <summary>Makes a held block findable. When another one already holds the same stretch nothing changes.</summary>
    public void Register(UInt128 hash, int block)
    {
        if (_hashes[block] is null && _byHash.TryAdd(hash, block))
            _hashes[block] = hash;
    }

    /// <summary>Gives a block back.</summary>
    public void Release(int block)
    {
        if (_users[block] <= 0)
            throw new InvalidOperationException($"cache block {block} was given back twice");
        if (--_users[block] > 0)
            return;
        if (_hashes[block] is null)
            _free.Push(block);
        else
            _idleNodes[block] = _idle.AddLast(block);
    }
}

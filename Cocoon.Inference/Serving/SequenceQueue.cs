using System.Diagnostics.CodeAnalysis;

namespace Cocoon.Inference.Serving;

/// <summary>Requests in the order they came, up to a limit. Any thread adds; the engine thread takes.</summary>
internal sealed class SequenceQueue(int limit) : IDisposable
{
    private readonly LinkedList<Sequence> _waiting = new();
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _changed = new(false);

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Adds a request; false when the queue is full. A limit of 0 still lets one through to an idle engine.</summary>
    public bool TryAdd(Sequence sequence)
    {
        lock (_lock)
        {
            if (_waiting.Count > limit)
                return false;
            _waiting.AddLast(sequence);
        }

        _changed.Set();
        return true;
    }

    public bool TryPeek([NotNullWhen(true)] out Sequence? sequence)
    {
        lock (_lock)
        {
            sequence = _waiting.First?.Value;
            return sequence is not null;
        }
    }

    public void Remove(Sequence sequence)
    {
        lock (_lock)
            _waiting.Remove(sequence);
    }

    public Sequence[] Drain()
    {
        lock (_lock)
        {
            Sequence[] all = [.. _waiting];
            _waiting.Clear();
            return all;
        }
    }

    /// <summary>Takes out the requests that were given up.</summary>
    public List<Sequence> RemoveCancelled()
    {
        List<Sequence> cancelled = [];
        lock (_lock)
        {
            for (LinkedListNode<Sequence>? node = _waiting.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (!node.Value.IsCancelled)
                    continue;
                cancelled.Add(node.Value);
                _waiting.Remove(node);
            }
        }

        return cancelled;
    }

    /// <summary>Waits until something was added or somebody wakes it.</summary>
    public void Wait() => _changed.WaitOne();

    public void Wake() => _changed.Set();

    public void Dispose() => _changed.Dispose();
}

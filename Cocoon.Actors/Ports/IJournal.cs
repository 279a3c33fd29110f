using Cocoon.Protocol;

namespace Cocoon.Actors.Ports;

/// <summary>What became of one append.</summary>
public enum AppendOutcome
{
    /// <summary>Written; it survives the loss of power.</summary>
    Durable,

    /// <summary>Not written and never will be: another epoch owns the stream.</summary>
    Fenced,

    /// <summary>Not written and never will be: the stream does not end just before the batch.</summary>
    Conflict,

    /// <summary>
    /// The answer was lost: the batch may be written, or may yet be. The writer must raise its epoch before it reads the stream
    /// again, because a write that hangs under the old epoch could still land after the read.
    /// </summary>
    Unknown,
}

/// <summary>
/// The event store. One append per stream is in flight at a time; how many streams share a flush is the adapter's affair.
/// Every implementation passes the same abstract suite (<c>JournalSuite</c> in the tests).
/// </summary>
public interface IJournal
{
    /// <summary>
    /// Appends <paramref name="batch"/> if its epoch is the stream's current one and the stream's last event is
    /// <c>FirstSequence - 1</c>: both checked in the same statement as the write. Never throws for an operating error.
    /// </summary>
    ValueTask<AppendOutcome> AppendAsync(JournalBatch batch);

    /// <summary>
    /// The batches after <paramref name="afterSequence"/> (0: from the start) in order, at least one if there is any, about
    /// <paramref name="maxBytes"/> of bodies at most; empty at the end. <paramref name="afterSequence"/> is the last event of a batch.
    /// Throws <see cref="JournalUnavailableException"/> when the store cannot be read now.
    /// </summary>
    ValueTask<IReadOnlyList<JournalBatch>> ReadAsync(StreamId stream, long afterSequence, int maxBytes);
}

/// <summary>The store does not answer; the caller may try again later.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

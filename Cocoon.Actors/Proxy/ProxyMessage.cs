using Cocoon.Actors.Ledger;
using Cocoon.Actors.Runtime;
using Cocoon.Protocol.V1;
using Google.Protobuf;
using JobId = Cocoon.Protocol.JobId;

namespace Cocoon.Actors.Proxy;

/// <summary>What a <see cref="ProxyActor"/> hears.</summary>
public abstract record ProxyMessage
{
    private ProxyMessage()
    {
    }

    /// <summary>A message for the shard's ledger, which the proxy passes on.</summary>
    public sealed record ToLedger(LedgerCommand Command) : ProxyMessage;

    /// <summary>Asks how many jobs run in this shard.</summary>
    public sealed record CountJobs(ReplyTo<int> ReplyTo) : ProxyMessage;

    /// <summary>The node stops and waits no longer: jobs end now, and what was relayed is settled.</summary>
    public sealed record EndJobs : ProxyMessage;

    internal sealed record Admit(JobRequest Request, ActorRef<JobMessage> Job, ClientLink Link, uint Stream) : ProxyMessage;

    internal sealed record JobOver(JobId Job, ActorRef<JobMessage> Actor) : ProxyMessage;

    /// <summary>The job has dealt with the next of the resumes that were passed on to it.</summary>
    internal sealed record ResumeHeard(JobId Job, ActorRef<JobMessage> Actor) : ProxyMessage;

    internal sealed record Resume(ClientLink Link, uint Stream, ResumeOpen Open) : ProxyMessage;

    /// <summary>A worker wants the receipt of a job that it worked on.</summary>
    internal sealed record WorkAsked(WorkerLink Link, ByteString Claim, JobId Job) : ProxyMessage;

    internal sealed record Standing(long Question, JobAnswer Answer) : ProxyMessage;

    internal sealed record AskAgain(long Question) : ProxyMessage;

    internal sealed record ClientConnected(ClientLink Link, IReadOnlyList<Head> Heads) : ProxyMessage;

    internal sealed record FromAccount(ClientLink Link, IMessage Message) : ProxyMessage;
}

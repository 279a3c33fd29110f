using Cocoon.Protocol;
using Cocoon.Protocol.Identity;

namespace Cocoon.Actors.Client;

/// <summary>
/// Numbers an account's jobs. A ledger takes new jobs of a session for a week only; this goes on in a new one long before, and what runs
/// keeps its number.
/// </summary>
/// <param name="account">The account.</param>
/// <param name="lifetime">How long new jobs are numbered in one session: under half of what the ledger allows, for clocks are set.</param>
/// <param name="chance">Tells sessions apart that were opened in the same second.</param>
internal sealed class JobNumbers(AccountId account, TimeSpan lifetime, Func<uint> chance)
{
    private readonly Lock gate = new();
    private SessionId session;
    private DateTimeOffset opened;
    private long last;

    /// <summary>The next job, as of <paramref name="now"/>.</summary>
    public JobId Next(DateTimeOffset now)
    {
        lock (gate)
        {
            if (last == 0 || (now - opened).Duration() >= lifetime)
            {
                session = SessionId.Open(Math.Max(0, now.ToUnixTimeSeconds()), chance());
                opened = now;
                last = 0;
            }

            return new JobId(account, session, ++last);
        }
    }

    /// <summary>The ledger takes no jobs of that session.</summary>
    public void Leave(SessionId refused)
    {
        lock (gate)
        {
            if (session == refused)
                last = 0;
        }
    }
}

namespace Cocoon.Tests;

/// <summary>The system's clock with limits that come nine times later, for tests in which only an answer counts and the machine may be busy.</summary>
internal sealed class PatientTime : TimeProvider
{
    private const int Factor = 9;

    public static readonly PatientTime Instance = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? Factor * dueTime : dueTime, period);
}

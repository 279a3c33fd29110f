namespace Cocoon.Benchmarks.JobPath;

/// <summary>Processor time and allocation of this process over the parts of a run that are counted.</summary>
internal sealed class Usage
{
    private TimeSpan cpu;
    private TimeSpan cpuStart;
    private long bytes;
    private long bytesStart;
    private long count;

    public double MicrosecondsEach => cpu.TotalMicroseconds / count;

    public double BytesEach => (double)bytes / count;

    public void Resume() => (cpuStart, bytesStart) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());

    /// <summary>Notes what was used since <see cref="Resume"/>, for so many things done.</summary>
    public void Pause(long done)
    {
        cpu += Environment.CpuUsage.TotalTime - cpuStart;
        bytes += GC.GetTotalAllocatedBytes() - bytesStart;
        count += done;
    }
}

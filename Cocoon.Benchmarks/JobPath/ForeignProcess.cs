using System.Diagnostics;
using Cocoon.Wire;

namespace Cocoon.Benchmarks.JobPath;

/// <summary>Starts other programs as a shell would: they do not inherit how this process's threads take turns.</summary>
internal static class ForeignProcess
{
    public static Process Start(ProcessStartInfo info)
    {
        Process? process = null;
        Exception? failure = null;
        Thread starter = new(() =>
        {
            try
            {
                KernelTurns.Ordinary();
                process = Process.Start(info);
            }
            catch (Exception fault)
            {
                failure = fault;
            }
        });
        starter.Start();
        starter.Join();
        return process ?? throw new InvalidOperationException($"{info.FileName} did not start", failure);
    }
}

using System.CommandLine;

namespace Cocoon.Host.Commands.Simulate;

/// <summary><c>cocoon simulate</c>: what runs under a seed instead of on a network.</summary>
internal static class SimulateCommand
{
    public static Command Create() => new("simulate", "Run the network in a simulated world.") { SimulateWorldCommand.Create(), SimulatePayoutsCommand.Create() };
}

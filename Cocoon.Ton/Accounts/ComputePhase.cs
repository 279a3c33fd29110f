using System.Numerics;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Accounts;

/// <summary>Why the contract's code did not run (TL-B <c>ComputeSkipReason</c>).</summary>
public enum ComputeSkipReason
{
    /// <summary>There is no contract.</summary>
    NoState = 0,

    /// <summary>The message's initial state is not the one the address stands for.</summary>
    BadState = 1,

    /// <summary>The message carries too little to pay any gas.</summary>
    NoGas = 2,

    /// <summary>The account is suspended.</summary>
    Suspended = 3,
}

/// <summary>The run of a contract's code (TL-B <c>TrComputePhase</c>).</summary>
public sealed record ComputePhase
{
    /// <summary>Why it did not run; null when it did, and then the other members hold.</summary>
    public ComputeSkipReason? Skipped { get; init; }

    /// <summary>Whether it ended well.</summary>
    public bool Success { get; init; }

    /// <summary>Whether the message's initial state was used.</summary>
    public bool MessageStateUsed { get; init; }

    /// <summary>Whether the account became active.</summary>
    public bool AccountActivated { get; init; }

    /// <summary>What the gas cost.</summary>
    public Coins GasFees { get; init; }

    /// <summary>Gas used.</summary>
    public BigInteger GasUsed { get; init; }

    /// <summary>Gas that could be used.</summary>
    public BigInteger GasLimit { get; init; }

    /// <summary>The TVM's exit code: 0 or 1 is well.</summary>
    public int ExitCode { get; init; }

    /// <summary>Instructions run.</summary>
    public uint VmSteps { get; init; }

    internal static ComputePhase Load(Slice slice)
    {
        if (!slice.LoadBit())
            return new ComputePhase { Skipped = LoadSkipReason(slice) };
        ComputePhase phase = new()
        {
            Success = slice.LoadBit(),
            MessageStateUsed = slice.LoadBit(),
            AccountActivated = slice.LoadBit(),
            GasFees = slice.LoadCoins(),
        };
        Slice vm = slice.LoadRef().BeginParse();
        BigInteger gasUsed = vm.LoadVarUInt(3);
        BigInteger gasLimit = vm.LoadVarUInt(3);
        if (vm.LoadBit())
            vm.LoadVarUInt(2);
        vm.LoadUInt(8);
        int exitCode = (int)vm.LoadInt(32);
        if (vm.LoadBit())
            vm.LoadInt(32);
        return phase with { GasUsed = gasUsed, GasLimit = gasLimit, ExitCode = exitCode, VmSteps = vm.LoadUInt32() };
    }

    private static ComputeSkipReason LoadSkipReason(Slice slice)
    {
        int reason = (int)slice.LoadUInt(2);
        if (reason != 3)
            return (ComputeSkipReason)reason;
        return slice.LoadBit()
            ? throw new TonFormatException("a compute phase skipped for an unknown reason")
            : ComputeSkipReason.Suspended;
    }
}

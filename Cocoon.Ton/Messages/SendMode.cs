namespace Cocoon.Ton.Messages;

/// <summary>How a contract sends a message (TVM instruction SENDRAWMSG).</summary>
[Flags]
public enum SendMode
{
    /// <summary>Fees are taken from the message's value.</summary>
    None = 0,

    /// <summary>Fees are paid besides the value.</summary>
    PayFeesSeparately = 1,

    /// <summary>A message that cannot be sent is passed over instead of failing the transaction.</summary>
    IgnoreErrors = 2,

    /// <summary>The transaction bounces if the message cannot be sent.</summary>
    BounceOnActionFail = 16,

    /// <summary>The contract is destroyed if nothing is left.</summary>
    DestroyIfZero = 32,

    /// <summary>What came in goes on with the message.</summary>
    CarryRemainingValue = 64,

    /// <summary>The whole balance goes with the message, whatever its value says.</summary>
    CarryAllBalance = 128,
}

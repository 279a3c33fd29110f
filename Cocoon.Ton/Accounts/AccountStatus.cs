namespace Cocoon.Ton.Accounts;

/// <summary>Whether an account holds a contract (TL-B <c>AccountStatus</c>).</summary>
public enum AccountStatus
{
    /// <summary>It has a balance and no contract.</summary>
    Uninitialized = 0,

    /// <summary>Its contract was put away for unpaid storage.</summary>
    Frozen = 1,

    /// <summary>It has a contract.</summary>
    Active = 2,

    /// <summary>The chain knows nothing of it.</summary>
    NonExisting = 3,
}

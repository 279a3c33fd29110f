namespace Cocoon.Ton;

/// <summary>An address with the wishes its friendly form states (TEP-2).</summary>
/// <param name="Address">The account.</param>
/// <param name="IsBounceable">Whether money sent to it may bounce; false for wallets that may not be deployed yet.</param>
/// <param name="IsTestOnly">Whether software for the main network must refuse it.</param>
public sealed record FriendlyAddress(Address Address, bool IsBounceable, bool IsTestOnly)
{
    /// <summary>The friendly form with these flags, url-safe.</summary>
    public override string ToString() => Address.ToString(IsBounceable, IsTestOnly);
}

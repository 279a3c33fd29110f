using System.CommandLine;
using System.Text.Json.Nodes;
using Cocoon.Host.Configuration;
using Cocoon.Host.Keys;
using Cocoon.Protocol.Identity;

namespace Cocoon.Host.Commands;

/// <summary><c>cocoon key rotate</c>: a new key takes over; the statement that says so is signed by both.</summary>
internal static class KeyRotateCommand
{
    private const int DefaultOverlapDays = 7;
    private const int MaxOverlapDays = 366;

    public static Command Create(
        Option<string> folder, Option<bool> prompt, Option<string?> passphraseFile, Option<int?> passphraseDescriptor, Option<bool> json)
    {
        Argument<string> name = new("name") { Description = "The key's name." };
        Option<int> overlap = new("--overlap-days")
        {
            Description = "How long the old key still holds, 0 to 366.",
            DefaultValueFactory = _ => DefaultOverlapDays,
        };
        Option<string> network = new("--network") { Description = "The network's name.", DefaultValueFactory = _ => "cocoon-local" };
        Option<string?> operatorKey = new("--operator") { Description = "The operator's public key (64 hexadecimal digits); an operator's own needs none." };
        Command command = new("rotate", "Make a key that follows the current one; the old one is kept until its end.")
        {
            name, overlap, network, operatorKey, folder, prompt, passphraseFile, passphraseDescriptor, json,
        };
        command.SetAction(parsed =>
        {
            int days = parsed.GetValue(overlap);
            if (days is < 0 or > MaxOverlapDays)
                throw new ConfigurationException([$"--overlap-days is {days}: it must be 0 to {MaxOverlapDays}"]);
            NetworkId id = NetworkId.Of(parsed.GetValue(network)!);
            Scope? scope = ReadOperator(parsed.GetValue(operatorKey)) is { } key ? new Scope(id, key) : null;
            long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            KeyRotation rotation = new KeyFolder(parsed.GetValue(folder)!)
                .Rotate(parsed.GetValue(name)!, scope, id, now, now + days * 86_400L, KeyCommand.Passphrase(parsed).Read);
            AnswerPrinter.Print(Describe(rotation), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static JsonObject Describe(KeyRotation rotation) => new()
    {
        ["kind"] = rotation.Succession.Kind.ToString().ToLowerInvariant(),
        ["publicKey"] = rotation.Succession.NewKey.ToString(),
        ["file"] = rotation.Path,
        ["oldPublicKey"] = rotation.Succession.OldKey.ToString(),
        ["oldFile"] = rotation.RetiredPath,
        ["oldEnds"] = AnswerPrinter.Date(rotation.Succession.OldEndsUnixSeconds),
        ["statement"] = Convert.ToHexStringLower(rotation.ByOld.Statement.Span),
        ["signatureByOld"] = Convert.ToHexStringLower(rotation.ByOld.Signature.Span),
        ["signatureByNew"] = Convert.ToHexStringLower(rotation.SignatureByNew),
    };

    private static PublicKey? ReadOperator(string? hex)
    {
        if (hex is null)
            return null;
        return Bytes32.TryParseHex(hex, out Bytes32 key) ? new PublicKey(key)
            : throw new ConfigurationException([$"--operator is '{hex}': it must be 64 hexadecimal digits, as 'cocoon key show' prints them"]);
    }
}

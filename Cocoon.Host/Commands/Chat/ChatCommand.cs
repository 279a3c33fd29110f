using System.CommandLine;
using System.Runtime.InteropServices;

namespace Cocoon.Host.Commands.Chat;

/// <summary><c>cocoon chat</c>: a conversation in the terminal. Ctrl-C ends the answer, not the program.</summary>
internal static class ChatCommand
{
    public const string Name = "chat";

    public static Command Create()
    {
        Option<string?> system = new("--system") { Description = "What the model is told before the conversation." };
        Option<bool> json = new("--json") { Description = "Print one JSON object an answer instead of the text." };
        Command command = new(Name, "Talk with a model; each answer says what it cost. Ctrl-C cancels the answer, Ctrl-D or /exit leaves.") { system, json };
        ChatArguments.AddTo(command);
        command.SetAction((parsed, cancelled) => ChatArguments.RunAsync(
            parsed,
            async (source, model) =>
            {
                Conversation conversation = new(source, model, parsed.GetValue(system), parsed.GetValue(ChatArguments.MaxTokens), Console.Out)
                {
                    PrintsJson = parsed.GetValue(json),
                    IsInteractive = !Console.IsInputRedirected && !parsed.GetValue(json),
                };
                using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
                {
                    signal.Cancel = true;
                    conversation.Interrupt();
                });
                return await conversation.RunAsync(Console.In);
            },
            cancelled));
        return command;
    }
}

using System.Globalization;
using System.Text.Json;
using Cocoon.Ton;
using Cocoon.Ton.Accounts;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Tests.Ton.Accounts;

public sealed class TransactionVectorTests
{
    [Fact]
    public void EveryTransactionOfTheEmulatorIsRead()
    {
        foreach (JsonElement vector in TonVectors.Section("transactions", 25))
        {
            Transaction transaction = Transaction.FromCell(Cell.FromBase64(vector.Text("boc")));
            Assert.Equal(vector.Text("hash"), transaction.Hash.ToString());
            Assert.Equal(vector.Text("account"), transaction.AccountId.ToString());
            Assert.Equal(vector.Text("lt"), Text(transaction.Lt));
            Assert.Equal(vector.Text("prev_lt"), Text(transaction.PreviousLt));
            Assert.Equal(vector.Text("prev_hash"), transaction.PreviousHash.ToString());
            Assert.Equal(vector.GetProperty("now").GetUInt32(), transaction.Now);
            Assert.Equal(vector.Text("total_fees"), Text(transaction.TotalFees.Coins));
            Assert.Equal(Status(vector.Text("orig_status")), transaction.StatusBefore);
            Assert.Equal(Status(vector.Text("end_status")), transaction.StatusAfter);
            AssertInMessage(vector.GetProperty("in_msg"), transaction.InMessage);
            AssertOutMessages(vector.GetProperty("out_msgs"), transaction.OutMessages);
            AssertPhases(vector, transaction.Description);
        }
    }

    private static void AssertInMessage(JsonElement expected, TransactionMessage? actual)
    {
        Message message = Assert.NotNull(actual).Message;
        Assert.Equal(expected.Text("body_hash"), message.Body.Hash.ToString());
        if (expected.Text("type") == "external-in")
        {
            ExternalInMessageInfo external = Assert.IsType<ExternalInMessageInfo>(message.Info);
            Assert.Equal(expected.Text("dest"), external.Destination.ToRawString());
            Assert.Null(external.Source);
            return;
        }

        InternalMessageInfo info = Assert.IsType<InternalMessageInfo>(message.Info);
        Assert.Equal(expected.Text("src"), info.Source!.ToRawString());
        Assert.Equal(expected.Text("dest"), info.Destination.ToRawString());
        Assert.Equal(expected.Text("value"), Text(info.Value.Coins));
        Assert.Equal(expected.GetProperty("bounced").GetBoolean(), info.Bounced);
    }

    private static void AssertOutMessages(JsonElement expected, IReadOnlyList<TransactionMessage> actual)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Count);
        for (int index = 0; index < actual.Count; index++)
        {
            InternalMessageInfo info = Assert.IsType<InternalMessageInfo>(actual[index].Message.Info);
            Assert.Equal(expected[index].Text("dest"), info.Destination.ToRawString());
            Assert.Equal(expected[index].Text("value"), Text(info.Value.Coins));
            Assert.Equal(expected[index].Text("fwd_fee"), Text(info.ForwardFee));
            Assert.Equal(expected[index].Text("created_lt"), Text(info.CreatedLt));
            Assert.Equal(expected[index].Text("body_hash"), actual[index].Message.Body.Hash.ToString());
        }
    }

    private static void AssertPhases(JsonElement vector, TransactionDescription actual)
    {
        Assert.Equal(TransactionKind.Ordinary, actual.Kind);
        Assert.Equal(vector.GetProperty("aborted").GetBoolean(), actual.Aborted);
        Assert.Equal(vector.IsNull("bounce") ? null : "ok", actual.Bounce is null ? null : actual.Bounce.Kind == BounceKind.Ok ? "ok" : "other");
        JsonElement compute = vector.GetProperty("compute");
        ComputePhase phase = actual.Compute!;
        if (compute.TryGetProperty("skipped", out JsonElement reason))
        {
            Assert.Equal("no-state", reason.GetString());
            Assert.Equal(ComputeSkipReason.NoState, phase.Skipped);
        }
        else
        {
            Assert.Null(phase.Skipped);
            Assert.Equal(compute.GetProperty("success").GetBoolean(), phase.Success);
            Assert.Equal(compute.GetProperty("exit_code").GetInt32(), phase.ExitCode);
            Assert.Equal(compute.Text("gas_used"), phase.GasUsed.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(compute.Text("gas_fees"), Text(phase.GasFees));
            Assert.Equal(compute.GetProperty("vm_steps").GetUInt32(), phase.VmSteps);
        }

        if (vector.IsNull("action"))
        {
            Assert.Null(actual.Action);
            return;
        }

        JsonElement action = vector.GetProperty("action");
        ActionPhase actions = Assert.IsType<ActionPhase>(actual.Action);
        Assert.Equal(action.GetProperty("success").GetBoolean(), actions.Success);
        Assert.Equal(action.GetProperty("result_code").GetInt32(), actions.ResultCode);
        Assert.Equal(action.GetProperty("total_actions").GetInt32(), actions.TotalActions);
        Assert.Equal(action.GetProperty("messages_created").GetInt32(), actions.MessagesCreated);
        Assert.Equal(action.GetProperty("skipped").GetInt32(), actions.SkippedActions);
        Assert.Equal(action.Text("total_fwd_fees"), Text(actions.TotalForwardFees ?? Coins.Zero));
    }

    private static AccountStatus Status(string text) => text switch
    {
        "uninitialized" => AccountStatus.Uninitialized,
        "active" => AccountStatus.Active,
        "frozen" => AccountStatus.Frozen,
        "non-existing" => AccountStatus.NonExisting,
        _ => throw new InvalidDataException(text),
    };

    private static string Text(Coins coins) => coins.Nano.ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}

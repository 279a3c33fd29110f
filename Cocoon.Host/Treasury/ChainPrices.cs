using Cocoon.Actors.Ports;
using Cocoon.Protocol.Money;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Host.Treasury;

/// <summary>
/// The chain's present prices (configuration parameters 21 and 25 of <c>block.tlb</c>: gas and forwarding in the base workchain), and what
/// a batch costs by them.
/// </summary>
/// <param name="GasPrice">Nano per 65,536 units of gas.</param>
/// <param name="LumpPrice">Nano for forwarding any message.</param>
/// <param name="BitPrice">Nano per 65,536 bits of a message beyond its first cell.</param>
/// <param name="CellPrice">Nano per 65,536 cells of a message beyond its first.</param>
internal sealed record ChainPrices(ulong GasPrice, ulong LumpPrice, ulong BitPrice, ulong CellPrice)
{
    /// <summary>The parameter with gas prices of the base workchain.</summary>
    public const int GasParameter = 21;

    /// <summary>The parameter with forwarding prices of the base workchain.</summary>
    public const int ForwardParameter = 25;

    private const int FlatGasTag = 0xd1;
    private const int GasTag = 0xde;
    private const int ForwardTag = 0xea;

    // Measured in the sandbox (docs/ton.md): gas of both transactions of a batch, and of a payout within it, each with room to spare.
    private const int BatchGas = 12_000;
    private const int PayoutGas = 1_000;

    // A payout's message with a comment, three times: in the request from outside, in the message to the wallet itself, and on its own.
    private const int PayoutBits = 3 * 1_300;
    private const int PayoutCells = 3 * 2;

    /// <summary>Reads both parameters. Throws <see cref="TonFormatException"/> when they are in no known form.</summary>
    public static ChainPrices Read(Cell gas, Cell forward)
    {
        Slice slice = gas.BeginParse();
        int tag = (int)slice.LoadUInt(8);
        if (tag == FlatGasTag)
        {
            slice.LoadUInt(64);
            slice.LoadUInt(64);
            tag = (int)slice.LoadUInt(8);
        }

        if (tag is not (GasTag or GasTag - 1))
            throw new TonFormatException($"gas prices (configuration parameter {GasParameter}) with unknown tag {tag:x2}");
        ulong gasPrice = slice.LoadUInt(64);
        Slice prices = forward.BeginParse();
        int kind = (int)prices.LoadUInt(8);
        return kind == ForwardTag
            ? new ChainPrices(gasPrice, prices.LoadUInt(64), prices.LoadUInt(64), prices.LoadUInt(64))
            : throw new TonFormatException($"forwarding prices (configuration parameter {ForwardParameter}) with unknown tag {kind:x2}");
    }

    /// <summary>What a batch costs beyond its payouts, rather too much than too little.</summary>
    public BatchFees ToBatchFees()
    {
        // Two messages besides the payouts: the request and the one to the wallet itself, some cells each.
        Int128 batch = Gas(BatchGas) + (2 * Forward(4_000, 6));
        Int128 payout = Gas(PayoutGas) + Forward(PayoutBits, PayoutCells);
        return new BatchFees(new NanoTon((long)batch), new NanoTon((long)payout));
    }

    private Int128 Gas(int gas) => ((Int128)GasPrice * gas) >> 16;

    private Int128 Forward(int bits, int cells) => LumpPrice + ((((Int128)BitPrice * bits) + ((Int128)CellPrice * cells)) >> 16);
}

using System.Text;

namespace Cocoon.Ton;

/// <summary>Get-methods of contracts.</summary>
public static class GetMethod
{
    /// <summary>The number by which a contract knows a get-method: CRC-16 of its name, with bit 16 set (TON documentation, "Get methods").</summary>
    public static int Id(string name) => Crc.Crc16(Encoding.UTF8.GetBytes(name)) | 0x10000;
}

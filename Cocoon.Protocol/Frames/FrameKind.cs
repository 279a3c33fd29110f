namespace Cocoon.Protocol.Frames;

/// <summary>What a frame's body is. Numbers 1 to 31 belong to the link, 32 to 63 to the node, 64 to 95 to a stream; 127 is the highest.</summary>
public enum FrameKind : byte
{
    /// <summary>No frame.</summary>
    None = 0,

    /// <summary><see cref="V1.Hello"/>: first frame of the dialing side.</summary>
    Hello = 1,

    /// <summary><see cref="V1.Welcome"/>: first frame of the listening side.</summary>
    Welcome = 2,

    /// <summary><see cref="V1.Proof"/>: second frame of the dialing side.</summary>
    Proof = 3,

    /// <summary>Eight bytes that come back in a <see cref="Pong"/>.</summary>
    Ping = 4,

    /// <summary>The eight bytes of the ping.</summary>
    Pong = 5,

    /// <summary>Four bytes, little-endian: more data bytes that may be sent, on the stream or (stream 0) on the connection.</summary>
    Credit = 6,

    /// <summary><see cref="V1.Close"/>: last frame of a link.</summary>
    Close = 7,

    /// <summary><see cref="V1.Drain"/>.</summary>
    Drain = 8,

    /// <summary><see cref="V1.Error"/>: a message was not understood.</summary>
    Error = 9,

    /// <summary><see cref="V1.Reset"/>: a stream is over in both directions.</summary>
    Reset = 10,

    /// <summary>Empty: the listening side admits the dialer, streams may open.</summary>
    Ready = 11,

    /// <summary><see cref="V1.WorkerOffer"/>.</summary>
    WorkerOffer = 32,

    /// <summary><see cref="V1.SlotGrant"/>.</summary>
    SlotGrant = 33,

    /// <summary><see cref="V1.SlotReturn"/>.</summary>
    SlotReturn = 34,

    /// <summary><see cref="V1.EvidenceRequest"/>.</summary>
    EvidenceRequest = 35,

    /// <summary><see cref="V1.EvidenceAnswer"/>.</summary>
    EvidenceAnswer = 36,

    /// <summary><see cref="V1.CeilingUpdate"/>.</summary>
    CeilingUpdate = 37,

    /// <summary><see cref="V1.CeilingAnswer"/>.</summary>
    CeilingAnswer = 38,

    /// <summary><see cref="V1.BalanceQuery"/>.</summary>
    BalanceQuery = 39,

    /// <summary><see cref="V1.Balance"/>.</summary>
    Balance = 40,

    /// <summary><see cref="V1.PurseUpdate"/>.</summary>
    PurseUpdate = 41,

    /// <summary><see cref="V1.PurseAnswer"/>.</summary>
    PurseAnswer = 42,

    /// <summary><see cref="V1.SessionOpen"/>.</summary>
    SessionOpen = 43,

    /// <summary><see cref="V1.SessionAnswer"/>.</summary>
    SessionAnswer = 44,

    /// <summary><see cref="V1.ClusterMapQuery"/>.</summary>
    ClusterMapQuery = 45,

    /// <summary><see cref="V1.ClusterMap"/>.</summary>
    ClusterMap = 46,

    /// <summary><see cref="V1.Moved"/>; also on a stream.</summary>
    Moved = 47,

    /// <summary><see cref="V1.ModelsQuery"/>.</summary>
    ModelsQuery = 48,

    /// <summary><see cref="V1.Models"/>.</summary>
    Models = 49,

    /// <summary><see cref="V1.WorkReceipt"/>.</summary>
    WorkReceipt = 50,

    /// <summary><see cref="V1.PriceListQuery"/>.</summary>
    PriceListQuery = 51,

    /// <summary><see cref="V1.PriceList"/>.</summary>
    PriceList = 52,

    /// <summary><see cref="V1.PurseQuery"/>.</summary>
    PurseQuery = 53,

    /// <summary><see cref="V1.Purses"/>.</summary>
    Purses = 54,

    /// <summary><see cref="V1.NetworkQuery"/>.</summary>
    NetworkQuery = 55,

    /// <summary><see cref="V1.NetworkState"/>.</summary>
    NetworkState = 56,

    /// <summary><see cref="V1.ReceiptQuery"/>.</summary>
    ReceiptQuery = 57,

    /// <summary><see cref="V1.WalletUpdate"/>.</summary>
    WalletUpdate = 58,

    /// <summary><see cref="V1.WalletAnswer"/>.</summary>
    WalletAnswer = 59,

    /// <summary><see cref="V1.Withdrawal"/>.</summary>
    Withdrawal = 60,

    /// <summary><see cref="V1.WithdrawalAnswer"/>.</summary>
    WithdrawalAnswer = 61,

    /// <summary><see cref="V1.EarningsQuery"/>.</summary>
    EarningsQuery = 62,

    /// <summary><see cref="V1.Earnings"/>.</summary>
    Earnings = 63,

    /// <summary>Opens a stream: one byte of <see cref="StreamKind"/>, then that kind's message.</summary>
    Open = 64,

    /// <summary>Opaque bytes under credit: a body on its way up.</summary>
    Part = 65,

    /// <summary>A <see cref="ChunkHeader"/> and an opaque payload, under credit: an answer on its way down.</summary>
    Chunk = 66,

    /// <summary><see cref="V1.JobAccepted"/>.</summary>
    JobAccepted = 67,

    /// <summary><see cref="V1.JobFinal"/>.</summary>
    JobFinal = 68,

    /// <summary><see cref="V1.JobError"/>.</summary>
    JobError = 69,

    /// <summary><see cref="V1.Cancel"/>: overtakes what its side has queued on the stream, which is dropped.</summary>
    Cancel = 70,

    /// <summary><see cref="V1.Busy"/>.</summary>
    Busy = 71,

    /// <summary><see cref="V1.Instalment"/>.</summary>
    Instalment = 72,

    /// <summary><see cref="V1.ResumeAnswer"/>.</summary>
    ResumeAnswer = 73,
}

/// <summary>What a stream is for; the first byte of its <see cref="FrameKind.Open"/> body.</summary>
public enum StreamKind : byte
{
    /// <summary>No kind.</summary>
    None = 0,

    /// <summary>A job from client to proxy, opened by <see cref="V1.JobOpen"/>.</summary>
    Job = 1,

    /// <summary>An attempt of a job from proxy to worker, opened by <see cref="V1.WorkOpen"/>.</summary>
    Work = 2,

    /// <summary>A question for a job of an earlier connection, opened by <see cref="V1.ResumeOpen"/>.</summary>
    Resume = 3,

    /// <summary>Attestation evidence, opened by <see cref="V1.EvidenceOpen"/>.</summary>
    Evidence = 4,
}

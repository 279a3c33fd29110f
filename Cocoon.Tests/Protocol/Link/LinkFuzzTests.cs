using System.Globalization;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.V1;

namespace Cocoon.Tests.Protocol.Link;

/// <summary>
/// Real traffic, mutated: whatever comes in, a link goes on or closes with a reason, holds a bounded number of bytes, and never throws. The seed
/// and the number of rounds come from COCOON_FUZZ_SEED and COCOON_FUZZ_ROUNDS; scripts/fuzz-wire goes on for ever with new seeds.
/// </summary>
public class LinkFuzzTests
{
    private static readonly int Seed = Setting("COCOON_FUZZ_SEED", 20261121);
    private static readonly int Rounds = Setting("COCOON_FUZZ_ROUNDS", 4000);

    [Fact]
    public void A_proxy_survives_mutated_clients() => Fuzz(toProxy: true);

    [Fact]
    public void A_client_survives_mutated_proxies() => Fuzz(toProxy: false);

    private static void Fuzz(bool toProxy)
    {
        List<byte[]> recorded = Record(toProxy);
        Dictionary<LinkReason, int> outcomes = [];
        for (int round = 0; round < Rounds; round++)
        {
            Random random = new(HashOf(Seed, round));
            List<byte[]> frames = Mutate(recorded, random);
            End end = new(toProxy ? Ends.Listener() : Ends.Dialer());
            try
            {
                Feed(end, frames, random);
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException($"seed {Seed}, round {round} of {(toProxy ? "clients" : "proxies")}: {fault.Message}", fault);
            }

            LinkReason outcome = end.Ended?.Reason ?? LinkReason.None;
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        // Mutations that are all refused at the first byte would test nothing.
        if (Rounds >= 4000)
            Assert.True(outcomes.Count >= 10, string.Join(", ", outcomes));
    }

    private static void Feed(End end, List<byte[]> frames, Random random)
    {
        end.Produce();
        foreach (byte[] frame in frames)
        {
            int at = random.Next(4) == 0 ? random.Next(frame.Length + 1) : frame.Length;
            end.Receive(frame.AsSpan(0, at));
            end.Receive(frame.AsSpan(at));
            byte[] output = end.Produce();
            Assert.InRange(output.Length, 0, 1 << 20);
            if (end.Link.State == LinkState.Closed)
                return;
            end.Link.Tick(random.Next(12_000));
        }
    }

    /// <summary>All frames of one side of a session with jobs, answers, cancels, resumes, pings, drain and close.</summary>
    private static List<byte[]> Record(bool toProxy)
    {
        (End client, End proxy) = (new End(Ends.Dialer()), new End(Ends.Listener()));
        List<byte[]> frames = [];
        Exchange();
        uint job = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(3000), false);
        client.Link.TrySend(job, FrameKind.Part, default, Ends.Bytes(200), true);
        Exchange();
        proxy.Link.Send(job, FrameKind.JobAccepted, new JobAccepted { MaxOutputTokens = 9 }, false);
        for (int i = 0; i < 5; i++)
            proxy.Link.TrySend(job, FrameKind.Chunk, [(byte)i, 0, 1, 3, 1], Ends.Bytes(40), false);
        uint cancelled = client.Link.Open(StreamKind.Job, Ends.Job(), false);
        Exchange();
        proxy.Link.Send(job, FrameKind.JobFinal, new JobFinal { Chunks = 5, CostNanoTon = 12, Receipt = new Receipt { LeafCount = 1 } }, true);
        client.Link.Send(cancelled, FrameKind.Cancel, new Cancel { Reason = "gone" }, true);
        Exchange();
        proxy.Link.Send(cancelled, FrameKind.JobError, new JobError { Code = JobErrorCode.Cancelled }, true);
        uint resumed = client.Link.Open(StreamKind.Resume, new ResumeOpen { NextChunk = 3 }, true);
        proxy.Link.Open(StreamKind.Evidence, new EvidenceOpen { Platform = "development" }, false);
        client.Link.Send(0, FrameKind.BalanceQuery, new BalanceQuery { Query = 1 }, false);
        client.Link.ReportLoad(1, 4);
        client.Link.SendPing(0);
        proxy.Link.SendPing(0);
        Exchange();
        proxy.Link.Send(resumed, FrameKind.ResumeAnswer, new ResumeAnswer { Unknown = new ResumeUnknown() }, true);
        proxy.Link.Send(0, FrameKind.ClusterMap, new ClusterMap { ShardCount = 256, Owners = { 1, 2, 3 } }, false);
        proxy.Link.Drain(new Drain { Detail = "restart" });
        Exchange();
        client.Link.Close(LinkReason.Done, "bye");
        Exchange();
        return frames;

        void Exchange()
        {
            for (int i = 0; i < 4; i++)
            {
                byte[] there = client.Produce();
                proxy.Receive(there);
                byte[] back = proxy.Produce();
                client.Receive(back);
                frames.AddRange(Cut(toProxy ? there : back));
            }
        }
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int size = FrameHeader.Size + FrameHeader.Read(bytes.AsSpan(at)).Length;
            yield return bytes[at..(at + size)];
            at += size;
        }
    }

    private static List<byte[]> Mutate(List<byte[]> recorded, Random random)
    {
        List<byte[]> frames = [.. recorded.Select(frame => (byte[])frame.Clone())];
        bool renumber = random.Next(8) != 0;
        for (int mutations = random.Next(1, 5); mutations > 0; mutations--)
        {
            // Mostly past the handshake: what only breaks the proof is refused early.
            int which = random.Next(random.Next(4) == 0 ? 0 : Math.Min(2, frames.Count - 1), frames.Count);
            switch (random.Next(8))
            {
                case 0:
                    frames.RemoveAt(which);
                    break;
                case 1:
                    frames.Insert(which, (byte[])frames[random.Next(frames.Count)].Clone());
                    break;
                case 2:
                    int other = random.Next(frames.Count);
                    (frames[which], frames[other]) = (frames[other], frames[which]);
                    break;
                case 3:
                    frames[which][3] = (byte)random.Next(256);
                    break;
                case 4:
                    frames[which][8] = (byte)random.Next(12);
                    break;
                case 5:
                    random.NextBytes(frames[which].AsSpan(random.Next(frames[which].Length)));
                    break;
                case 6:
                    frames[which] = Resize(frames[which], random);
                    break;
                default:
                    frames[which][random.Next(frames[which].Length)] ^= (byte)(1 << random.Next(8));
                    break;
            }

            if (frames.Count == 0)
                return recorded;
        }

        for (int i = 0; renumber && i < frames.Count; i++)
        {
            if (frames[i].Length >= 8)
                BitConverter.TryWriteBytes(frames[i].AsSpan(4), (uint)i);
        }

        return frames;
    }

    /// <summary>Another length, with a header that says so, so that the body is judged and not the framing.</summary>
    private static byte[] Resize(byte[] frame, Random random)
    {
        FrameHeader header = FrameHeader.Read(frame);
        byte[] resized = new byte[FrameHeader.Size + random.Next(200)];
        frame.AsSpan(0, Math.Min(frame.Length, resized.Length)).CopyTo(resized);
        (header with { Length = resized.Length - FrameHeader.Size }).Write(resized);
        return resized;
    }

    private static int HashOf(int seed, int round) => unchecked(seed * 486187739 + round * 16777619);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}

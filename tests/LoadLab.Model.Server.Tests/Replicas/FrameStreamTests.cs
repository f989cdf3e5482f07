using System.Buffers.Binary;
using System.Text;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Replicas.Processes;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests.Replicas;

public sealed class FrameStreamTests
{
    private static readonly ToReplica[] s_commands =
    [
        new ToReplica.Hello(3, "emulated"),
        new ToReplica.Load("wan2.2-t2v-a14b"),
        new ToReplica.Start(7, Stage.Denoise, 2, Fault.Crash, [new WireTask(5, "/tmp/clip-5.y4m", new VideoTask(new ModelId("m"), new JobShape(832, 480, 81, 40) { Shift = 3 }, new VideoJob("a cat, 猫", ulong.MaxValue) { Guidance = 4.5f }, 16))]),
        new ToReplica.Cancel(7, 5),
        new ToReplica.Leave("released"),
        new ToReplica.Stop(),
    ];

    [Fact]
    public void Every_message_comes_out_as_it_went_in()
    {
        FromReplica[] answers =
        [
            new FromReplica.Ready("cpus 1"), new FromReplica.Took("m", 1.5, Ping: true), new FromReplica.Loaded("m"), new FromReplica.Unloaded("m"), new FromReplica.LoadFailed("m", "why"),
            new FromReplica.StageDone(7, Stage.Text), new FromReplica.BatchDone(7), new FromReplica.BatchFailed(7, "error", "why"), new FromReplica.Memory(1, 2, 3, 4),
            new FromReplica.Progress(5, 2), new FromReplica.Clip(5), new FromReplica.Lost("why"),
        ];
        using var stream = new MemoryStream();
        using var frames = new FrameStream(stream);
        Array.ForEach(s_commands, command => frames.Write(command, ReplicaJson.Default.ToReplica));
        Array.ForEach(answers, answer => frames.Write(answer, ReplicaJson.Default.FromReplica));
        stream.Position = 0;

        foreach (var command in s_commands)
        {
            Assert.Equivalent(command, frames.Read(ReplicaJson.Default.ToReplica), strict: true);
        }

        foreach (var answer in answers)
        {
            Assert.Equal(answer, frames.Read(ReplicaJson.Default.FromReplica));
        }

        Assert.Null(frames.Read(ReplicaJson.Default.FromReplica));
    }

    [Theory]
    [InlineData("""{"say":"load","model":"m","more":1}""")]
    [InlineData("""{"say":"load"}""")]
    [InlineData("""{"say":"load","model":null}""")]
    [InlineData("""{"say":"load","model":"a","model":"b"}""")]
    [InlineData("""{"say":"reset"}""")]
    [InlineData("""{"model":"m"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    public void What_may_not_be_said_is_refused(string json) => Assert.Throws<FrameException>(() => Read(Frame(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void A_length_that_is_too_long_zero_or_cut_off_is_refused()
    {
        Assert.Throws<FrameException>(() => Read([0, 0, 0, 0]));
        Assert.Throws<FrameException>(() => Read([1, 0]));
        Assert.Throws<FrameException>(() => Read([5, 0, 0, 0, (byte)'{']));
        Assert.Contains("4294967295 bytes", Assert.Throws<FrameException>(() => Read([255, 255, 255, 255])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_too_long_is_not_sent()
    {
        using var stream = new MemoryStream();
        using var frames = new FrameStream(stream);

        Assert.Throws<FrameException>(() => frames.Write(new ToReplica.Load(new string('m', FrameStream.MostBytes)), ReplicaJson.Default.ToReplica));

        Assert.Equal(0, stream.Length);
        frames.Write(new ToReplica.Load("m"), ReplicaJson.Default.ToReplica);
        stream.Position = 0;
        Assert.Equal(new ToReplica.Load("m"), frames.Read(ReplicaJson.Default.ToReplica));
    }

    [Fact]
    public void Ten_thousand_mutated_messages_are_read_or_refused_within_the_bound()
    {
        var random = new Seed(20_260_101).Stream("frames");
        var messages = s_commands.Select(Written).ToList();
        var refused = 0;
        for (var round = 0; round < 10_000; round++)
        {
            var bytes = Mutated(messages[random.NextInt(messages.Count)], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Read(bytes);
            }
            catch (FrameException)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, FrameStream.MostBytes);
        }

        Assert.InRange(refused, 5_000, 10_000);
    }

    private static byte[] Mutated(byte[] message, RandomStream random)
    {
        var bytes = message.ToList();
        for (var changes = 1 + random.NextInt(4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.NextInt(bytes.Count);
            switch (random.NextInt(4))
            {
                case 0:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.NextInt(8)));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.NextInt(8))));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.NextInt(8));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Written(ToReplica message)
    {
        using var stream = new MemoryStream();
        using var frames = new FrameStream(stream);
        frames.Write(message, ReplicaJson.Default.ToReplica);
        return stream.ToArray();
    }

    private static byte[] Frame(byte[] body)
    {
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    private static void Read(byte[] bytes)
    {
        using var frames = new FrameStream(new MemoryStream(bytes));
        while (frames.Read(ReplicaJson.Default.ToReplica) is not null)
        {
        }
    }
}

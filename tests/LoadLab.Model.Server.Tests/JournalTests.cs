using LoadLab.Core.Runs;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving.Journal;
using LoadLab.Tensors;
using System.Text.Json;

namespace LoadLab.Model.Server.Tests;

public sealed class JournalTests
{
    [Fact]
    public async Task The_journal_of_a_live_run_replays_to_the_same_decisions()
    {
        using var folder = new TemporaryFolder();
        var worker = new ScriptedWorker();
        await using (var server = await RunningServer.StartAsync(RunningServer.Options with { RunFolder = folder.Path }, worker))
        {
            await server.ReadyAsync();
            worker.StepGate.Reset();
            var running = await server.SubmitAsync();
            await server.StatusOf(running, "in_progress");
            var cancelled = await server.SubmitAsync("""{"prompt":"b","user":"ann \" \u00e9","service_tier":"vip","deadline_ms":5.5}""");
            await server.SubmitAsync();
            using var refused = await server.PostAsync("""{"prompt":"c"}""");
            await server.Client.DeleteAsync($"/v1/videos/{cancelled}");
            await server.EndOf(cancelled);
            worker.TextFault = new OutOfDeviceMemoryException(1, 2, 3);
            worker.StepGate.Set();
            await server.EndOf(running);
            await server.EndOf(await server.SubmitAsync());
        }

        var replay = JournalReplay.Verify(folder.File(RunFolder.DecisionsName));

        Assert.True(replay.Identical, $"line {replay.FirstDifferenceLine}: {replay.Expected} but {replay.Actual}");
        Assert.Equal((0, false), (replay.Missing, replay.Torn));
        Assert.Equal(["Admit", "Drop", "Fail", "Finish", "Load", "Provision", "Refuse", "Release", "Start"], Types(folder, "decision").Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            ["Arrived", "BatchDone", "BatchFailed", "Cancelled", "MemoryObserved", "ModelLoaded", "ReplicaLost", "ReplicaProvisioned", "ReplicaReady", "Shutdown", "StageDone", "Started"],
            Types(folder, "event").Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain("a cat", await File.ReadAllTextAsync(folder.File(RunFolder.DecisionsName)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_of_a_server_that_is_still_running_opens_and_replays()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { RunFolder = folder.Path });
        await server.EndOf(await server.SubmitAsync());

        // What a killed server leaves behind: whatever was handed to the system by then.
        File.Copy(folder.File(RunFolder.DecisionsName), folder.File("copy.jsonl"));
        var replay = JournalReplay.Verify(folder.File("copy.jsonl"));

        Assert.True(replay.Identical);
        Assert.True(replay.Events > 5);
        Assert.NotNull(SamplesFile.Read(folder.File(SamplesFile.ServerName)));
    }

    [Fact]
    public async Task The_real_small_model_serves_clips_and_its_journal_replays()
    {
        using var folder = new TemporaryFolder();
        using var cache = new TemporaryFolder();
        var options = RunningServer.Options with { RunFolder = folder.Path, WeightsFolder = cache.Path, MemoryBytes = 256 << 20, Threads = 1 };
        await using (var server = await RunningServer.StartAsync(options, Real(options)))
        {
            var first = await server.EndOf(await server.SubmitAsync("""{"prompt":"a cat","seed":1,"size":"64x32","num_frames":5}"""));
            var again = await server.EndOf(await server.SubmitAsync("""{"prompt":"a cat","seed":1,"size":"64x32","num_frames":5}"""));
            var other = await server.EndOf(await server.SubmitAsync("""{"prompt":"a cat","seed":2,"size":"64x32","num_frames":5}"""));

            Assert.Equal("completed", first.GetProperty("status").GetString());
            Assert.True(first.GetProperty("clocks").GetProperty("denoise_ns").GetInt64() > first.GetProperty("clocks").GetProperty("text_ns").GetInt64());
            Assert.Equal(await ClipOf(server, first), await ClipOf(server, again));
            Assert.NotEqual(await ClipOf(server, first), await ClipOf(server, other));
            var metrics = PrometheusReader.Read(await server.Client.GetStringAsync("/metrics"));
            Assert.True(metrics.Samples["""loadlab_arena_live_bytes{replica="0"}"""] > 0);
            Assert.True(metrics.Samples["""loadlab_arena_peak_bytes{replica="0"}"""] > metrics.Samples["""loadlab_arena_live_bytes{replica="0"}"""]);
        }

        Assert.True(JournalReplay.Verify(folder.File(RunFolder.DecisionsName)).Identical);
    }

    [Fact]
    public async Task The_real_small_model_runs_out_of_memory_on_a_large_clip_and_serves_the_next()
    {
        using var cache = new TemporaryFolder();
        var options = RunningServer.Options with { WeightsFolder = cache.Path, MemoryBytes = 12 << 20, Threads = 1 };
        await using var server = await RunningServer.StartAsync(options, Real(options));

        var large = await server.EndOf(await server.SubmitAsync("""{"prompt":"a cat","size":"256x256","num_frames":33,"num_inference_steps":1}"""));
        var small = await server.EndOf(await server.SubmitAsync("""{"prompt":"a cat","size":"32x32","num_frames":1,"num_inference_steps":1}"""));

        Assert.Equal("out-of-memory", large.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("completed", small.GetProperty("status").GetString());
    }

    private static Func<IVideoWorker> Real(ModelServerOptions options) => () => WanVideoWorker.Create(options, ModelCatalog.Find(options.Model)!);

    private static Task<byte[]> ClipOf(RunningServer server, JsonElement job) => server.Client.GetByteArrayAsync($"/v1/videos/{job.GetProperty("id").GetString()}/content");

    private static List<string> Types(TemporaryFolder folder, string kind) =>
        [.. File.ReadLines(folder.File(RunFolder.DecisionsName)).Skip(1).Select(line => JsonDocument.Parse(line).RootElement).Where(row => row.GetProperty("kind").GetString() == kind).Select(row => row.GetProperty("type").GetString()!)];
}

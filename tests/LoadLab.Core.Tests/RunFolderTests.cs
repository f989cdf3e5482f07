using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Core.Tests;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Schedule_reads_back_the_same_and_its_hash_is_that_of_its_lines()
    {
        var calls = Enumerable.Range(0, 50).Select(Records.Planned).ToArray();
        var sparse = new ScheduledCall { Index = 50, Intended = new Instant(99_000_000_000) };
        var path = Path.Combine(_root, ScheduleFile.Name);
        ScheduleFile.Write(path, [.. calls, sparse]);

        Assert.Equal([.. calls, sparse], ScheduleFile.Read(path));
        var lines = System.Text.Encoding.UTF8.GetBytes(GzipText.Read(path, 1 << 20));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(lines)), ScheduleFile.Hash([.. calls, sparse]));
        Assert.NotEqual(ScheduleFile.Hash(calls), ScheduleFile.Hash([.. calls, sparse]));
    }

    [Fact]
    public void Calls_read_back_the_same()
    {
        var rows = Enumerable.Range(0, 5).Select(Records.Call).Append(CallRecord.Of(Records.Planned(5), Outcome.Rejected, "429")).Append(CallRecord.Unfinished(Records.Planned(6))).ToArray();
        var path = Path.Combine(_root, CallsFile.Name);
        using (var writer = new CallsWriter(path))
        {
            Array.ForEach(rows, writer.Write);
        }

        Assert.Equal(rows, CallsFile.Read(path));
        Assert.StartsWith("call,intended_s,sent_s,", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_written_by_many_threads_are_all_whole()
    {
        var path = Path.Combine(_root, CallsFile.Name);
        using (var writer = new CallsWriter(path))
        {
            Parallel.For(0, 400, i => writer.Write(Records.Call(i)));
        }

        Assert.Equal(Enumerable.Range(0, 400), CallsFile.Read(path).Select(row => row.Call).Order());
    }

    [Fact]
    public void Folder_of_a_killed_run_opens_with_a_row_for_every_planned_call()
    {
        var folder = RunFolder.Create(_root, "evening peak", new DateTimeOffset(2026, 1, 5, 18, 0, 0, TimeSpan.Zero));
        folder.Write(Manifest);
        ScheduleFile.Write(folder.File(ScheduleFile.Name), Enumerable.Range(0, 4).Select(Records.Planned));
        using (var writer = new CallsWriter(folder.File(CallsFile.Name)))
        {
            writer.Write(Records.Call(2));
            writer.Write(Records.Call(0));
        }

        File.AppendAllText(folder.File(CallsFile.Name), "1,1.0000");
        var opened = RunFolder.Open(folder.FullPath);
        Assert.Equal("running", opened.ReadManifest().Status);
        Assert.Equal([Outcome.Completed, Outcome.Unfinished, Outcome.Completed, Outcome.Unfinished], opened.ReadCalls().Select(row => row.Outcome));
        Assert.Equal("evening-peak-20260105T180000Z", Path.GetFileName(opened.FullPath));
        Assert.Empty(opened.ReadSamples());
    }

    [Fact]
    public void Folder_of_a_name_that_exists_gets_a_number_and_a_simulated_one_is_replaced()
    {
        var at = new DateTimeOffset(2026, 1, 5, 18, 0, 0, TimeSpan.Zero);
        Assert.NotEqual(RunFolder.Create(_root, "a", at).FullPath, RunFolder.Create(_root, "a", at).FullPath);
        var first = RunFolder.CreateSimulated(_root, "a", "0123456789abcdef", 7);
        File.WriteAllText(first.File("old"), "");
        var second = RunFolder.CreateSimulated(_root, "a", "0123456789abcdef", 7);
        Assert.Equal(first.FullPath, second.FullPath);
        Assert.False(second.Has("old"));
        Assert.EndsWith("a-sim-01234567-7", first.FullPath, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../evil")]
    [InlineData("..")]
    [InlineData("a/b\\c")]
    [InlineData("")]
    public void Scenario_name_cannot_leave_the_root(string name)
    {
        var folder = RunFolder.Create(_root, name, DateTimeOffset.UnixEpoch);
        Assert.Equal(_root, Path.GetDirectoryName(folder.FullPath));
    }

    [Fact]
    public void Manifest_reads_back_the_same()
    {
        var folder = RunFolder.Create(_root, "a", DateTimeOffset.UnixEpoch);
        var manifest = Manifest with
        {
            Status = "completed",
            Verdict = "p99 lateness 0.4 ms",
            EndedUtc = DateTimeOffset.UnixEpoch.AddHours(1),
            Affinity = [0, 1],
            Outcomes = new Dictionary<string, int> { ["completed"] = 3 },
            Quality = new RunQuality { Sent = 4, LatenessP50Ms = 0.1, LatenessP99Ms = 0.4, LatenessMaxMs = double.PositiveInfinity, LatenessGateMs = 1, LatenessPassed = true },
            Target = new Dictionary<string, string> { ["threads"] = "1" },
        };
        folder.Write(Manifest);
        folder.Write(manifest);
        Assert.Equivalent(manifest, folder.ReadManifest(), strict: true);
        Assert.False(File.Exists(folder.File("run.json.tmp")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"scenario\": 1}")]
    [InlineData("[[[")]
    public void Damaged_manifest_is_refused(string json)
    {
        var folder = RunFolder.Create(_root, "a", DateTimeOffset.UnixEpoch);
        File.WriteAllText(folder.File(RunManifest.Name), json);
        Assert.Throws<InputException>(() => folder.ReadManifest());
    }

    [Fact]
    public void Folder_without_a_manifest_is_refused()
    {
        Assert.Throws<InputException>(() => RunFolder.Open(_root));
    }

    [Fact]
    public void Samples_of_client_and_server_come_together_and_as_series()
    {
        var folder = RunFolder.Create(_root, "a", DateTimeOffset.UnixEpoch);
        foreach (var (name, source) in new[] { (SamplesFile.Name, "host"), (SamplesFile.ServerName, "server") })
        {
            using var writer = new SamplesWriter(folder.File(name));
            writer.Write([new Sample(new Instant(1), source, "cpu.util", "share", 0.25), new Sample(new Instant(2_000_000_000), source, "cpu.util", "share", double.NaN)]);
        }

        var samples = folder.ReadSamples();
        Assert.Equal(["host", "host", "server", "server"], samples.Select(sample => sample.Source));
        var series = SamplesFile.Series(samples, "server", "cpu.util");
        Assert.Equal([0.25, double.NaN], series.Values);
        Assert.Equal([1e-9, 2], series.TimesSeconds);
        Assert.Equal("share", series.Unit);
    }

    [Fact]
    public void Packed_file_that_was_cut_off_or_unpacks_too_far_is_refused()
    {
        var path = Path.Combine(_root, ScheduleFile.Name);
        ScheduleFile.Write(path, Enumerable.Range(0, 2000).Select(Records.Planned));
        Assert.Throws<InputException>(() => GzipText.Read(path, 1000));
        var bytes = File.ReadAllBytes(path);
        foreach (var length in new[] { 2, 10, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Throws<InputException>(() => GzipText.Read(path, 1 << 20));
        }
    }

    private static RunManifest Manifest => new()
    {
        Scenario = "a",
        Status = "running",
        Evidence = Words.Of(Evidence.Real),
        Planned = 4,
        ScheduleSha256 = "0123",
        Seed = ulong.MaxValue,
        ScenarioText = "name: a\n",
        Parts = "engine own",
        Version = "0.1.0",
        Machine = "m",
        Device = "cpu",
        StartedUtc = DateTimeOffset.UnixEpoch,
    };
}

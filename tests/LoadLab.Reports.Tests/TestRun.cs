using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Reports.Tests;

/// <summary>Run folders in a temporary place, made with the writers that runs are made with. Nothing in them depends on the machine or the time.</summary>
internal sealed class TestRun : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-reports-").FullName;

    public static RunManifest Manifest => new()
    {
        Scenario = "evening",
        Status = "completed",
        Verdict = "11 of 12 planned calls completed.",
        Evidence = "real",
        Planned = 12,
        RealCalls = 11,
        ScheduleSha256 = new string('a', 64),
        Seed = 7,
        ScenarioText = "name: evening\n",
        Parts = "engine own · backend cpu (1 thread)",
        Version = "0.1.0",
        Machine = "a machine of 2 cores",
        Device = "cpu: test",
        StartedUtc = new DateTimeOffset(2026, 1, 5, 18, 0, 0, TimeSpan.Zero),
        Quality = new RunQuality { Sent = 12, LatenessP50Ms = 0.1, LatenessP99Ms = 0.4, LatenessMaxMs = 0.4, LatenessGateMs = 20, LatenessPassed = true },
    };

    /// <summary>Twelve calls, one each second; the sixth is rejected.</summary>
    public static IReadOnlyList<CallRecord> Calls => [.. Enumerable.Range(0, 12).Select(i => i == 5 ? Rejected(i) : Completed(i))];

    /// <summary>Rows of every source that a page draws, ten seconds long and some before and after.</summary>
    public static IReadOnlyList<Sample> Samples =>
    [
        .. Enumerable.Range(-2, 16).SelectMany(second => new[]
        {
            Sample(second, "host", "cpu.util", "share", second % 2 == 0 ? 0.25 : 0.75),
            Sample(second, "engine", "cpu.used", "cores", 0.05),
            Sample(second, "server", "memory.resident", "bytes", 64 << 20),
        }),
    ];

    public static IReadOnlyList<Sample> ServerSamples =>
    [
        .. Enumerable.Range(-2, 16).SelectMany(second => new[]
        {
            Sample(second, "replica0", "busy", "share", second is > 0 and < 10 ? 0.5 : 0),
            Sample(second, "replica0", "arena.live", "bytes", 32 << 20),
            Sample(second, "server", "queue.length", "jobs", second == 4 ? 2 : 0),
        }),
    ];

    public static CallRecord Completed(int i, double latency = 0.5) => Planned(i) with
    {
        Sent = Instant.FromSeconds(i + 0.0001),
        Queued = Instant.FromSeconds(i + 0.01),
        Started = Instant.FromSeconds(i + 0.1),
        TextEnd = Instant.FromSeconds(i + 0.15),
        DenoiseEnd = Instant.FromSeconds(i + 0.4),
        DecodeEnd = Instant.FromSeconds(i + 0.49),
        Completed = Instant.FromSeconds(i + latency),
        BatchSize = 1,
        Attempts = 1,
        Outcome = Outcome.Completed,
    };

    public static CallRecord Rejected(int i, string reason = "429") => Planned(i) with { Sent = Instant.FromSeconds(i + 0.0001), Outcome = Outcome.Rejected, Reason = reason };

    public static Sample Sample(double at, string source, string metric, string unit, double value) => new(Instant.FromSeconds(at), source, metric, unit, value);

    public RunFolder Write(RunManifest manifest, IReadOnlyList<CallRecord> calls, IReadOnlyList<Sample> samples, IReadOnlyList<Sample>? server = null)
    {
        var folder = RunFolder.Create(_root, "run", manifest.StartedUtc);
        folder.Write(manifest);
        using (var rows = new CallsWriter(folder.File(CallsFile.Name)))
        {
            foreach (var call in calls)
            {
                rows.Write(call);
            }
        }

        Write(folder.File(SamplesFile.Name), samples);
        if (server is not null)
        {
            Write(folder.File(SamplesFile.ServerName), server);
        }

        return folder;
    }

    public RunFolder Complete() => Write(Manifest, Calls, Samples, ServerSamples);

    public static string Page(params RunFolder[] runs) => ReportPage.Render(new ReportContent { Title = "A test", Runs = runs });

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void Write(string path, IReadOnlyList<Sample> samples)
    {
        using var rows = new SamplesWriter(path);
        rows.Write(samples);
    }

    private static CallRecord Planned(int i) => new()
    {
        Call = i,
        Intended = Instant.FromSeconds(i),
        Model = "wan2.2-ti2v-5b-nano",
        ServedModel = "wan2.2-ti2v-5b-nano",
        Width = 160,
        Height = 96,
        Frames = 9,
        Steps = 8,
        Outcome = Outcome.Unfinished,
    };
}

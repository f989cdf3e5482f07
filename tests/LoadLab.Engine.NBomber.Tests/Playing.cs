using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.Engine.NBomber.Tests;

/// <summary>Plays an even schedule with one of the engines and checks the law that holds for each: every planned call has one row and one outcome.</summary>
internal sealed class Playing : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loadlab-engines").FullName;

    public PlayOptions Options { get; init; } = new();

    public int MostCopies { get; init; } = 500;

    public string? License { get; init; }

    public IReadOnlyList<CallRecord> Rows { get; private set; } = [];

    /// <summary>What the NBomber engine said afterwards.</summary>
    public string? Trouble { get; private set; }

    public string ReportFolder => Path.Combine(_folder, "nbomber");

    public async Task<EngineSummary> RunAsync(string engine, ITarget target, int count, double perSecond, CancellationToken stop = default, CancellationToken abort = default)
    {
        var schedule = Even(count, perSecond);
        var path = Path.Combine(_folder, CallsFile.Name);
        EngineSummary summary;
        try
        {
            using var calls = new CallsWriter(path);

            using var pacer = new PreciseWaiter(new MonotonicClock(MonotonicClock.SystemNanoseconds + 300_000_000));
            var player = Create(engine, target, pacer, calls);
            summary = await player.PlayAsync(schedule, stop, abort);
            Trouble = (player as NBomberEngine)?.Trouble;
        }
        finally
        {
            Rows = [.. CallsFile.Read(path).OrderBy(row => row.Call)];
        }

        Assert.Equal(count, summary.Planned);
        Assert.Equal(count, summary.Outcomes.Values.Sum());
        Assert.Equal(schedule.Calls.Select(call => (call.Index, call.Intended)), Rows.Select(row => (row.Call, row.Intended)));
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.Equal(summary.Count(outcome), Rows.Count(row => row.Outcome == outcome)));
        Assert.Equal(summary.Sent, Rows.Count(row => row.Sent is not null));
        return summary;
    }

    /// <summary>A session that was left may still write its reports while the folder goes.</summary>
    public void Dispose()
    {
        for (var attempt = 0; Directory.Exists(_folder); attempt++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                Thread.Sleep(20);
            }
        }
    }

    private ILoadEngine Create(string engine, ITarget target, IPacer pacer, CallsWriter calls) => engine == "own"
        ? new LoadEngine(target, pacer, calls, Options)
        : new NBomberEngine(target, pacer, calls, Options, new NBomberOptions { ReportFolder = ReportFolder, MostCopies = MostCopies, License = License });

    private static Schedule Even(int count, double perSecond) => new(
        Duration.FromSeconds(Math.Max(1, count) / perSecond),
        [.. Enumerable.Range(0, count).Select(i => new ScheduledCall { Index = i, Intended = Instant.FromSeconds(i / perSecond), Width = 160, Height = 96, Frames = 9, Steps = 8 })],
        [.. Enumerable.Repeat("a prompt", count)]);
}

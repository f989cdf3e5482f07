using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning.Tests;

public sealed class RunSummaryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("loadlab-planning");

    public void Dispose() => _root.Delete(recursive: true);

    private RunFolder Folder(string status, int planned, IEnumerable<CallRecord> calls, string evidence = "real")
    {
        var folder = RunFolder.Create(_root.FullName, "peak", DateTimeOffset.UnixEpoch);
        var schedule = Enumerable.Range(0, planned).Select(i => new ScheduledCall { Index = i, Intended = Instant.FromSeconds(i), Tier = i % 2 == 0 ? "vip" : "free" }).ToList();
        ScheduleFile.Write(folder.File(ScheduleFile.Name), schedule);
        folder.Write(new RunManifest
        {
            Scenario = "peak", Status = status, Evidence = evidence, Planned = planned, ScheduleSha256 = ScheduleFile.Hash(schedule), Seed = 4, ScenarioText = "",
            Parts = "", Version = "", Machine = "", Device = "cpu", RealCalls = status == "running" ? 0 : 8, ProfileRealCalls = 77,
        });
        using var writer = new CallsWriter(folder.File(CallsFile.Name));
        foreach (var call in calls)
        {
            writer.Write(call);
        }

        return folder;
    }

    private static CallRecord Served(int i) => Make.Call(i, i, 0.5, started: i + 0.1) with { Tier = i % 2 == 0 ? "vip" : "free" };

    [Fact]
    public void A_finished_run_is_summed_over_planned_calls()
    {
        var rows = Enumerable.Range(0, 8).Select(Served)
            .Append(Make.Call(8, 8, null, outcome: Outcome.Rejected) with { Reason = "429", Tier = "vip" })
            .Append(Make.Call(9, 9, null, outcome: Outcome.TimedOut) with { Reason = "limit", Tier = "free" });
        var summary = RunSummary.Of(Folder("completed", 10, rows), new SloOptions { P50 = Duration.FromSeconds(1), Goodput = 0.8 });

        Assert.False(summary.Partial);
        Assert.True(summary.CallsConserved);
        Assert.Equal((8, 1, 1, 0), (summary.Outcomes["completed"], summary.Outcomes["rejected"], summary.Outcomes["timedout"], summary.Outcomes["unfinished"]));
        Assert.Equal(["rejected: 429", "timedout: limit"], summary.Reasons.Keys);
        Assert.Equal(0.5, summary.Latency.P50.Value);
        Assert.Equal("infinite: 2 of 10 planned calls did not complete", summary.Latency.P95.Why);
        Assert.Equal(0.8, summary.Goodput.Value);
        Assert.Equal(9.001, summary.WindowSeconds, 9);
        Assert.Equal(8 / 9.001, summary.ThroughputPerSecond.Value!.Value, 9);
        Assert.Equal(8 * 0.4 / 9.001, summary.BusyShare.Value!.Value, 9);
        Assert.Equal("the batches of the calls", summary.BusyShareFrom);
        Assert.Equal((10, 1.0), (summary.Lateness.Sent, summary.Lateness.P99Ms.Value));
        Assert.Equal(["free", "vip"], summary.Tiers.Select(tier => tier.Tier));
        Assert.Equal((5, 4, 0.8), (summary.Tiers[0].Planned, summary.Tiers[0].Completed, summary.Tiers[0].Goodput.Value));
        Assert.True(summary.Slo.Met);
        Assert.Equal(8, summary.RealCalls);
    }

    [Fact]
    public void The_folder_of_a_killed_run_says_partial_and_its_calls_are_conserved()
    {
        var folder = Folder("running", 10, Enumerable.Range(0, 3).Select(Served));
        File.AppendAllText(folder.File(CallsFile.Name), "3,3.0000");
        var summary = RunSummary.Of(folder);
        Assert.True(summary.Partial);
        Assert.True(summary.CallsConserved);
        Assert.Equal((3, 7), (summary.Outcomes["completed"], summary.Outcomes["unfinished"]));
        Assert.Equal(3, summary.RealCalls);
        Assert.Null(summary.Latency.P50.Value);
        Assert.Equal(0.5, summary.Latency.MaxOfCompleted.Value);
        Assert.Contains("\"Partial\":true", JsonSerializer.Serialize(summary), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_single_row_still_opens()
    {
        var folder = Folder("running", 4, []);
        File.Delete(folder.File(CallsFile.Name));
        var summary = RunSummary.Of(folder);
        Assert.True(summary.Partial && summary.CallsConserved);
        Assert.Equal(4, summary.Outcomes["unfinished"]);
        Assert.Equal("no time was recorded", summary.ThroughputPerSecond.Why);
        Assert.Equal("no call was sent", summary.Lateness.P99Ms.Why);
        Assert.NotEmpty(JsonSerializer.Serialize(summary));
    }

    [Fact]
    public void A_simulated_run_names_the_real_calls_behind_its_profile_and_takes_the_busy_share_from_usage()
    {
        var folder = Folder("completed", 2, [Served(0), Served(1)], "simulated");
        var summary = RunSummary.Of(folder, usage: [Make.Usage(0, 0, 10, 4), Make.Usage(1, 0, 10, 1)]);
        Assert.Equal(77, summary.RealCalls);
        Assert.Equal((0.25, "replica usage"), (summary.BusyShare.Value, summary.BusyShareFrom));
    }

    [Fact]
    public void Rows_that_are_not_all_planned_calls_break_the_law()
    {
        var manifest = Folder("completed", 3, []).ReadManifest();
        Assert.False(RunSummary.Of(manifest, [Served(0), Served(1)], SloOptions.None).CallsConserved);
    }
}

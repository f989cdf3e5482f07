using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Planning.Tests;

/// <summary>The whole way: schedule, simulated fleet, journal, bill, comparison.</summary>
public sealed class SimulatedFleetTests : IDisposable
{
    private const string Model = "wan2.2-ti2v-5b-nano";
    private static readonly ServiceProfile s_profile = new()
    {
        Name = "test",
        Device = "cpu, 2 cores",
        Evidence = "real",
        RealCalls = 38,
        Error = 0.04,
        Services =
        [
            new ServiceEntry
            {
                Model = Model, Width = 160, Height = 96, Frames = 9, Steps = 8, Whole = new SampledTime { Count = 38, MeanS = 20, Ratios = [0.8, 0.9, 1, 1.1, 1.2] },
            },
        ],
        ColdStart = new SampledTime { MeanS = 60 },
    };

    private static readonly ServingOptions s_serving = new() { Model = new ModelId(Model) };
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("loadlab-planning-fleet");

    public void Dispose() => _root.Delete(recursive: true);

    /// <summary>Two hours: quiet, a busy half hour, quiet.</summary>
    private static Schedule Peak(Seed seed)
    {
        var draw = seed.Stream("arrivals");
        var calls = new List<ScheduledCall>();
        for (var at = 0.0; at < 7200;)
        {
            at += draw.NextExponential() / (at is > 2400 and < 4200 ? 0.15 : 0.02);
            calls.Add(new ScheduledCall { Index = calls.Count, Intended = Instant.FromSeconds(Math.Min(at, 7199)), Model = Model, Width = 160, Height = 96, Frames = 9, Steps = 8, Tenant = $"t{calls.Count % 3}" });
        }

        return new Schedule(Duration.FromSeconds(7200), calls, [.. calls.Select(_ => "")]);
    }

    private static AbSide Side(string name, AutoscalerOptions autoscaler) => AbSide.Simulated(name, s_profile, new FleetOptions(), s_serving, autoscaler);

    private static AbReport Compare(int seeds) => AbTest.Run(
        Peak,
        Side("fixed", new AutoscalerOptions { Replicas = 6 }),
        Side("rule", new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = 6 }),
        new Seed(9),
        seeds,
        Make.Verda,
        new SloOptions { P95 = Duration.FromSeconds(120) },
        AbEvidence.Of(s_profile));

    [Fact]
    public void A_scaling_rule_saves_money_and_costs_latency_against_a_fleet_sized_for_the_peak()
    {
        var report = Compare(6);
        AbMetric Metric(string name) => report.Metrics.Single(metric => metric.Name == name);
        Assert.Equal("B lower", Metric("cost").Verdict);
        Assert.Equal("B lower", Metric("GPU-hours").Verdict);
        Assert.Equal("A lower", Metric("p95 latency").Verdict);
        Assert.Equal(0, report.PerSeed.Sum(row => row.A.ScaleActions));
        Assert.True(report.PerSeed.All(row => row.B.ScaleActions > 0));
        Assert.All(report.PerSeed, row => Assert.Equal(row.A.Planned, row.A.Completed));
        Assert.Equal(6 * 7200 / 3600.0, report.PerSeed[0].A.GpuHours, 0.2);
        Assert.Contains("profile of cpu, 2 cores (real, 38 real calls behind it, error: 4 % of the mean service time on calls held out); priced as if", report.Wording, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_against_itself_on_the_same_arrivals_differs_by_exactly_nothing()
    {
        var rule = new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = 4 };
        var report = AbTest.Run(Peak, Side("a", rule), Side("b", rule), new Seed(2), 3, Make.Verda, SloOptions.None, AbEvidence.Of(s_profile));
        Assert.All(report.Metrics, metric => Assert.Equal((0.0, 0.0), (metric.Paired!.Difference, metric.Paired.HalfWidth)));
    }

    [Fact]
    public void A_run_folder_is_priced_from_its_journal_as_the_simulation_itself_accounts()
    {
        var schedule = Peak(new Seed(4));
        var folder = RunFolder.CreateSimulated(_root.FullName, "peak", schedule.Sha256, 4);
        ScheduleFile.Write(folder.File(ScheduleFile.Name), schedule.Calls);
        var journal = File.Create(folder.File(RunFolder.DecisionsName));
        var result = FleetSimulation.Run(schedule, s_profile, new FleetOptions(), s_serving, new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = 4 }, new Seed(4), new SimulationOptions { Journal = journal });
        using (var calls = new CallsWriter(folder.File(CallsFile.Name)))
        {
            foreach (var call in result.Calls)
            {
                calls.Write(call);
            }
        }

        folder.Write(new RunManifest
        {
            Scenario = "peak", Status = "completed", Evidence = "simulated", Planned = schedule.Calls.Count, ProfileRealCalls = 38, ScheduleSha256 = schedule.Sha256, Seed = 4,
            ScenarioText = "", Parts = "", Version = "", Machine = "", Device = s_profile.Device,
        });

        var basis = CostBasis.Of(folder, Make.Verda);
        Assert.Equal(result.Usage, basis.Usage);
        var report = CostReport.Of(basis);
        Assert.Equal(report.Total, report.Parts.Sum(part => part.Amount));
        Assert.Equal(report.Total, report.Tenants.Sum(tenant => tenant.Amount));
        Assert.Equal(["t0", "t1", "t2"], report.Tenants.Select(tenant => tenant.Tenant));
        Assert.Equal(report.Parts[0].GpuSeconds, report.Tenants.Sum(tenant => tenant.ReplicaSeconds), 1e-3);
        Assert.Equal(result.BusyShare, report.BusyShare.Value!.Value, 1e-9);
        Assert.Equal((38, true), (report.RealCalls, report.PricedAsIf));
        Assert.NotNull(report.Interval);
        Assert.Equal(2 * report.Total, CostReport.Of(CostBasis.Of(folder, Make.Verda, ReplicaGpus.All(2))).Total, 6);
        Assert.Equal(report.BusyShare.Value!.Value, RunSummary.Of(folder, usage: basis.Usage).BusyShare.Value!.Value, 1e-12);
        Assert.True(RunSummary.Of(folder).CallsConserved);

        // A killed writer leaves half a line: the bill is the same up to the line before.
        File.AppendAllText(folder.File(RunFolder.DecisionsName), "{\"seq\":99");
        Assert.Equal(basis.Usage, CostBasis.Of(folder, Make.Verda).Usage);

        File.Delete(folder.File(RunFolder.DecisionsName));
        Assert.Contains("decisions.jsonl", Assert.Throws<InputException>(() => CostBasis.Of(folder, Make.Verda)).Problems[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("H100 80 GB, 1 GPU", true)]
    [InlineData("NVIDIA GeForce RTX 4090", true)]
    [InlineData("NVIDIA L4", true)]
    [InlineData("A100-SXM4-80GB", true)]
    [InlineData("MI300X", true)]
    [InlineData("cpu, 2 cores", false)]
    [InlineData("CPU beside an H100", false)]
    [InlineData("Intel(R) Xeon(R) Processor @ 2.10GHz", false)]
    [InlineData("AMD EPYC 7A14", false)]
    [InlineData("", false)]
    public void Only_a_named_accelerator_is_priced_as_itself(string device, bool gpu) => Assert.Equal(gpu, DeviceWords.IsGpu(device));

    [Fact]
    public void Every_gpu_of_a_replica_is_paid()
    {
        Assert.Equal(1, AbEvidence.Of(s_profile).GpusPerReplica);
        Assert.Equal(8, AbEvidence.Of(s_profile with { Services = [s_profile.Services[0], s_profile.Services[0] with { Gpus = 8 }] }).GpusPerReplica);
    }
}

using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning.Tests;

public class CostTests
{
    [Fact]
    public void Batching_agrees_with_the_golden()
    {
        var golden = Golden.Read("cost_batching");
        var expected = golden.GetProperty("expected");
        double PerThousand(double minutes, int clips) => CostReport.Of(Make.Basis(
            [Make.Usage(0, 0, minutes * 60, minutes * 60)],
            [.. Enumerable.Range(0, clips).Select(i => Make.Call(i, 0, minutes * 60, started: 0, batchSize: clips))])).PerThousand.Value!.Value;

        // A total is kept to the nano-dollar, so a figure per 1000 to a millionth.
        Assert.Equal(expected.Number("cost_per_1000_single"), PerThousand(8, 1), Golden.Tolerance);
        Assert.Equal(expected.Number("cost_per_1000_batch"), PerThousand(14, 4), Golden.Tolerance);
        Assert.Equal(expected.Number("cost_per_1000_pair"), PerThousand(8 * 1.1, 2), Golden.Tolerance);
        Assert.Equal(expected.Number("saving_fraction"), 1 - (PerThousand(14, 4) / PerThousand(8, 1)), Golden.Tolerance);
    }

    [Fact]
    public void Idle_and_utilisation_agree_with_the_golden()
    {
        var golden = Golden.Read("cost_idle_utilisation");
        var expected = golden.GetProperty("expected");
        var usage = Enumerable.Range(0, 6).Select(i => Make.Usage(i, 0, 24 * 3600, 104.0 * 3600 / 6)).ToList();
        var calls = Enumerable.Range(0, 780).Select(i => Make.Call(i, i * 100, 480, started: i * 100)).ToList();
        var report = CostReport.Of(Make.Basis(usage, calls));
        var part = report.Parts.ToDictionary(p => p.Name, p => p.Amount);

        Assert.Equal(expected.Number("window_cost"), (double)report.Total, Golden.Tolerance);
        Assert.Equal(expected.Number("utilisation"), report.BusyShare.Value!.Value, Golden.Tolerance);
        Assert.Equal(expected.Number("busy_cost"), (double)part["busy"], Golden.Tolerance);
        Assert.Equal(expected.Number("idle_cost"), (double)part["idle"], Golden.Tolerance);
        Assert.Equal(expected.Number("per_1000_busy_only"), 1000 * (double)part["busy"] / 780, Golden.Tolerance);
        var allIn = CostReport.Of(Make.Basis(usage, calls, Make.Verda with { Overhead = 0.05m }));
        Assert.Equal(expected.Number("per_1000_all_in"), allIn.PerThousand.Value!.Value, Golden.Tolerance);
    }

    [Fact]
    public void Parts_and_tenants_add_up_to_the_last_digit_whatever_the_times()
    {
        var draw = new Seed(23).Stream("usage");
        for (var trial = 0; trial < 200; trial++)
        {
            var price = Make.Verda with { Price = Make.Verda.Price with { PerGpuHour = (decimal)Math.Round(0.1 + (10 * draw.NextDouble()), 4) }, Overhead = (decimal)Math.Round(draw.NextDouble(), 3) };
            var usage = Enumerable.Range(0, 1 + draw.NextInt(5)).Select(i =>
            {
                var length = 1 + (1e5 * draw.NextDouble());
                return Make.Usage(i, draw.NextDouble() * 100, 200 + length, length * 0.4 * draw.NextDouble(), length * 0.2 * draw.NextDouble(), length * 0.1 * draw.NextDouble(), length * 0.1);
            }).ToList();
            var calls = Enumerable.Range(0, 40).Select(i => Make.Call(i, i, draw.NextInt(4) == 0 ? null : 10 * draw.NextPositive(), $"t{draw.NextInt(7)}", i, 1 + draw.NextInt(3))).ToList();
            var report = CostReport.Of(Make.Basis(usage, calls, price));

            Assert.Equal(["busy", "idle", "load", "drain", "down", "overhead"], report.Parts.Select(part => part.Name));
            Assert.Equal(report.Total, report.Parts.Sum(part => part.Amount));
            Assert.Equal(report.TotalCents, report.Parts.Sum(part => part.Cents));
            Assert.Equal(report.Total, report.Tenants.Sum(tenant => tenant.Amount));
            Assert.Equal(report.TotalCents, report.Tenants.Sum(tenant => tenant.Cents));
            Assert.Equal(report.Parts[0].Amount, report.Tenants.Sum(tenant => tenant.Busy));
            Assert.Equal(Math.Round(report.Total, 2, MidpointRounding.AwayFromZero), report.TotalCents);
            Assert.Equal(report.Total, Math.Round(report.Total, 9));
            Assert.All(report.Parts, part => Assert.InRange(part.Cents - part.Amount, -0.01m, 0.01m));
            Assert.Equal(report.GpuHours * 3600, report.Parts.Sum(part => part.GpuSeconds), 1e-3);
        }
    }

    [Fact]
    public void A_tenant_pays_by_the_gpu_time_of_its_own_jobs()
    {
        var calls = new List<CallRecord>
        {
            Make.Call(0, 0, 30, "big", started: 0),
            Make.Call(1, 30, 20, "small", started: 30, batchSize: 2),
            Make.Call(2, 30, 20, "big", started: 30, batchSize: 2),
            Make.Call(3, 60, null, "none"),
        };
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 3600, 50, load: 100)], calls));
        Assert.Equal(["big", "none", "small"], report.Tenants.Select(tenant => tenant.Tenant));
        Assert.Equal([40.0, 0, 10], report.Tenants.Select(tenant => tenant.ReplicaSeconds));
        Assert.Equal([1.832m, 0, 0.458m], report.Tenants.Select(tenant => tenant.Amount));
    }

    [Fact]
    public void A_bill_without_any_work_is_shared_by_count_of_calls()
    {
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 3600, 0)], [Make.Call(0, 0, null, "a"), Make.Call(1, 0, null, "b"), Make.Call(2, 0, null, "b")]));
        Assert.Equal([0.763333333m, 1.526666667m], report.Tenants.Select(tenant => tenant.Amount));
        Assert.Equal(("no call completed", null), (report.PerThousand.Why, report.PerThousand.Value));
        Assert.Null(report.Interval);
        Assert.Equal("no call completed", report.NoInterval);
    }

    [Fact]
    public void Money_on_a_processor_is_priced_as_if_and_says_how_many_real_calls_stand_behind_it()
    {
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 60, 30)], [Make.Call(0, 0, 2, started: 0)], cpu: true));
        Assert.True(report.PricedAsIf);
        Assert.Equal("priced as if the replicas had been verda/h100-sxm/on-demand; nothing was rented (real, 12 real calls on cpu behind it)", report.Wording);
        Assert.Equal("simulated, 12 real calls on H100 behind it", CostReport.Of(Make.Basis([], [])).Wording);
        Assert.Contains("\"PricedAsIf\":true", JsonSerializer.Serialize(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_video_second_is_priced_by_the_models_own_frame_rate()
    {
        // 24 frames of a model of 24 per second: one second each.
        var calls = new[] { Make.Call(0, 0, 2, started: 0), Make.Call(1, 5, 2, started: 5) };
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 3600, 4)], calls));
        Assert.Equal(2.29 / 2, report.PerVideoSecond.Value!.Value, 12);
        var unknown = CostReport.Of(Make.Basis([Make.Usage(0, 0, 3600, 4)], [calls[0] with { Model = "other" }]));
        Assert.Equal("the frame rate of a model is not known", unknown.PerVideoSecond.Why);
    }

    [Fact]
    public void The_interval_of_the_cost_per_thousand_comes_from_blocks_of_time()
    {
        var draw = new Seed(3).Stream("calls");
        var calls = Enumerable.Range(0, 400).Select(_ => 3590 * draw.NextPositive()).Select((at, i) => Make.Call(i, at, 5, started: at)).ToList();
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 3600, 400, load: 60), Make.Usage(1, 1200, 2400, 200, load: 60)], calls));
        var interval = report.Interval!;
        Assert.Equal(30, interval.Blocks);
        Assert.Equal(report.PerThousand.Value!.Value, interval.Estimate, 1e-6);
        Assert.True(interval.Low < interval.Estimate && interval.Estimate < interval.High);
        Assert.Null(report.NoInterval);
    }

    [Fact]
    public void A_run_too_short_for_an_interval_says_so()
    {
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 100, 10, load: 20)], [Make.Call(0, 0, 5)]));
        Assert.Null(report.Interval);
        Assert.Equal("100 s hold 5 blocks of 20 s (longest cold start or clip); an interval needs 12", report.NoInterval);
    }
}

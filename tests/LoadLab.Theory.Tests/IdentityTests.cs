using LoadLab.Core;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Planning.Theory;
using LoadLab.Serving.Batching;

namespace LoadLab.Theory.Tests;

/// <summary>What holds for every queue, whatever its law.</summary>
public sealed class IdentityTests
{
    private static readonly Seed s_seed = new(TheoryPlay.CommonSeed);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Busy_share_is_the_rate_times_the_mean_service_over_the_servers(int servers)
    {
        var station = new Station { Rates = [0.7 * servers], Servers = servers, Times = ServiceLaws.Exponential(1) };
        Assert.Equal(0.7, station.Play(100_000, s_seed).BusyShare, 0.7 * 0.02);
    }

    [Fact]
    public void Poisson_arrivals_see_time_averages()
    {
        // M/G/1: an arrival finds the server busy as often as it is.
        var waited = 0;
        var station = new Station { Rates = [0.6], Times = ServiceLaws.Hyperexponential(1, 4) };
        var result = station.Play(200_000, s_seed, call => waited += call.Wait > Duration.Zero ? 1 : 0);
        Assert.Equal(result.BusyShare, waited / 200_000.0, 0.6 * 0.02);
    }

    [Fact]
    public void Littles_law_holds_exactly_for_each_class()
    {
        var (changes, sojourns, arrived) = (new List<(Instant At, int Class, int By)>(), new Int128[2], Instant.Zero);
        var calls = new List<PlayedCall>();
        var station = new Station { Rates = [0.3, 0.5], Times = ServiceLaws.Exponential(1), Preempts = true, Steps = 1000 };
        station.Play(5_000, s_seed, calls.Add);
        foreach (var call in calls.OrderBy(call => call.Index))
        {
            arrived += call.Gap;
            changes.Add((arrived, call.Class, +1));
            changes.Add((arrived + call.Sojourn, call.Class, -1));
            sojourns[call.Class] += call.Sojourn.Nanoseconds;
        }

        for (var k = 0; k < 2; k++)
        {
            var (area, inSystem, last) = (Int128.Zero, 0, Instant.Zero);
            foreach (var (at, _, by) in changes.Where(change => change.Class == k).OrderBy(change => change.At).ThenByDescending(change => change.By))
            {
                area += (Int128)inSystem * (at - last).Nanoseconds;
                (inSystem, last) = (inSystem + by, at);
                Assert.True(inSystem >= 0, "more left than came");
            }

            Assert.Equal((sojourns[k], 0), (area, inSystem));
        }
    }

    [Fact]
    public void Common_random_numbers_narrow_the_difference_of_two_policies()
    {
        // Mean waits of two batch sizes on the same arrivals, over 40 seeds.
        static double Wait(int most, Seed seed)
        {
            var sum = 0.0;
            new Station { Rates = [1.4], Times = ServiceLaws.Linear(0.5, 0.5), Batching = new BatchingOptions { Kind = BatchingKind.Window, Window = Duration.Zero, MaxBatch = most } }
                .Play(2_000, seed, call => sum += call.Wait.Seconds);
            return sum / 2_000;
        }

        var two = Enumerable.Range(0, 40).Select(k => Wait(4, s_seed.Derive(k))).ToArray();
        var four = Enumerable.Range(0, 40).Select(k => Wait(6, s_seed.Derive(k))).ToArray();
        static double Variance(double[] values) => values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1);
        Assert.True(Variance([.. two.Zip(four, (a, b) => a - b)]) < 0.5 * (Variance(two) + Variance(four)));
    }

    [Fact]
    public void Four_GPUs_at_three_dollars_and_99_cents_cost_88_dollars_67_for_a_thousand_calls()
    {
        var station = new Station { Rates = [0.05], Servers = 4, Times = ServiceLaws.Exponential(60) };
        var result = station.Play(60_000, s_seed, keep: true);
        var report = CostReport.Of(new CostBasis
        {
            Usage = result.Usage,
            Calls = result.Calls,
            Price = new PriceOptions { Price = new Price { Sku = "given", PerGpuHour = 3.99m, Currency = "USD", Source = "" } },
            Evidence = Evidence.Simulated,
            Device = "none",
            DeviceIsCpu = false,
            RealCalls = 0,
        });
        Assert.Equal(88.666667, report.PerThousand.Value!.Value, 88.67 * 0.02);
        Assert.Equal(report.Total, report.Parts.Sum(part => part.Amount));
        Assert.Equal(report.Total, report.Tenants.Sum(tenant => tenant.Amount));
    }
}

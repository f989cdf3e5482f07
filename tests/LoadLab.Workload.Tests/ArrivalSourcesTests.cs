using LoadLab.Core;

namespace LoadLab.Workload.Tests;

public sealed class ArrivalSourcesTests
{
    private const string Studio = "    - { name: studio, tier: vip, arrivals: [ { constant: { rate: 2/s } } ], jobs: [ { weight: 1, frames: 9 }, { weight: 1, frames: 17, tier: gold } ] }\n";
    private const string Crowd = "    - { name: crowd, tenant: public, process: { gamma: { shape: 0.5 } }, arrivals: [ { mmpp: { states: [ { rate: 1/s, hold: 20s }, { rate: 9/s, hold: 4s } ] } } ] }\n";

    [Fact]
    public void Merged_sources_come_in_order_of_time_each_with_its_own_arrivals()
    {
        var options = Bind(Studio + Crowd);
        var merged = ArrivalSources.InOrder(options.Sources).ToArray();
        Assert.Equal(merged.OrderBy(arrival => arrival.At).Select(arrival => arrival.At), merged.Select(arrival => arrival.At));
        for (var source = 0; source < 2; source++)
        {
            Assert.Equal(options.Sources[source].Times(), merged.Where(arrival => arrival.Source == source).Select(arrival => arrival.At));
        }

        Assert.Equal(options.Sources.Sum(source => source.Arrivals.Total), options.Arrivals!.Total, 6);
    }

    [Fact]
    public void Another_source_changes_no_draw_of_the_others()
    {
        var alone = Calls(Studio);
        var first = Calls(Studio + Crowd).Where(call => call.Tier is "vip" or "gold");
        var last = Calls(Crowd + Studio).Where(call => call.Tier is "vip" or "gold");
        Assert.Equal(alone.Select(Draws), first.Select(Draws));
        Assert.Equal(alone.Select(Draws), last.Select(Draws));

        static (Instant, string, int, long, string) Draws(Core.Runs.ScheduledCall call) => (call.Intended, call.Tier, call.Frames, call.CallSeed, call.PromptHash);
    }

    [Fact]
    public void Source_brings_its_jobs_tier_and_tenant()
    {
        var calls = Calls(Studio + Crowd);
        Assert.Equal(["", "gold", "vip"], calls.Select(call => call.Tier).Distinct().Order(StringComparer.Ordinal));
        Assert.All(calls, call => Assert.Equal(call.Tier.Length == 0 ? "public" : "", call.Tenant));
        Assert.All(calls, call => Assert.Equal(call.Tier.Length == 0 ? 5 : call.Tier == "gold" ? 17 : 9, call.Frames));
    }

    [Fact]
    public void Equal_times_stand_in_order_of_the_list()
    {
        const string Even = "    - { process: even, arrivals: [ { constant: { rate: 1/s } } ] }\n";
        Assert.Equal([0, 1, 2, 0, 1, 2], ArrivalSources.InOrder(Bind(Even + Even + Even).Sources).Take(6).Select(arrival => arrival.Source));
    }

    private static IReadOnlyList<Core.Runs.ScheduledCall> Calls(string sources) => [.. Scheduler.Build(Bind(sources), new TargetDefaults("nano", 160, 96, 9, 8)).Calls];

    private static WorkloadOptions Bind(string sources) => Repository.Bind($"name: m\nseed: 7\nworkload:\n  duration: 100s\n  jobs: [ {{ frames: 5 }} ]\n  merge:\n{sources}");
}

using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload.Tests;

public sealed class SchedulerTests
{
    private const string Evening = """
        name: evening
        seed: 42
        calendar: { start: 2026-01-05T18:00Z, compress: 240 }
        workload:
          duration: 60s
          arrivals:
            - diurnal: { mean: 0.8/s, peakToMean: 3, peakAt: 20:00 }
            - burst: { at: 20s, rate: 4/s, for: 5s }
          jobs:
            - { weight: 8, tier: free, size: 160x96, frames: 9, steps: 8, patience: { median: 90s, sigma: 0.5 } }
            - { weight: 2, tier: vip, tenant: acme, size: 160x96, frames: 17, steps: 8, guidance: 4.5, quality: high, deadline: 5s }
          prompts: { popularity: zipf(1.1), unique: 0.3 }
        """;

    private static readonly TargetDefaults s_nano = new("wan2.2-ti2v-5b-nano", 160, 96, 9, 8);

    [Fact]
    public void Schedule_of_a_scenario_and_seed_is_byte_for_byte_the_golden_one()
    {
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-{Guid.NewGuid():N}.csv.gz");
        try
        {
            var schedule = Build(Evening);
            ScheduleFile.Write(path, schedule.Calls);
            var text = new StringBuilder(GzipText.Read(path, 1 << 24)).Append("sha256 ").Append(schedule.Sha256).Append('\n');
            Repository.AssertGolden("evening-schedule.txt", text.ToString());
            Assert.Equal(schedule.Sha256, ScheduleFile.Hash(ScheduleFile.Read(path)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Schedule_changes_with_the_seed()
    {
        Assert.Equal(Build(Evening).Sha256, Build(Evening).Sha256);
        Assert.NotEqual(Build(Evening).Sha256, Build(Evening.Replace("seed: 42", "seed: 43", StringComparison.Ordinal)).Sha256);
    }

    [Fact]
    public void Tenants_are_drawn_by_popularity_for_jobs_that_name_none_and_nothing_else_moves()
    {
        var alone = Build(Evening).Calls;
        var calls = Build(Evening.Replace("  prompts:", "  tenants: { count: 1000, popularity: zipf(1) }\n  prompts:", StringComparison.Ordinal)).Calls;
        Assert.Equal(alone, calls.Select(call => call with { Tenant = call.Tier == "vip" ? "acme" : "" }));
        var asked = calls.Where(call => call.Tier == "free").GroupBy(call => call.Tenant).ToDictionary(group => group.Key, group => group.Count());
        Assert.InRange(asked.Count, 10, 1000);
        Assert.Equal("tenant-1", asked.MaxBy(tenant => tenant.Value).Key);
        Assert.All(asked.Keys, tenant => Assert.InRange(int.Parse(tenant["tenant-".Length..], System.Globalization.CultureInfo.InvariantCulture), 1, 1000));
    }

    [Theory]
    [InlineData("tenants: { popularity: zipf(1) }", "workload.tenants.count")]
    [InlineData("tenants: { count: 0 }", "workload.tenants.count")]
    [InlineData("tenants: { count: 9, popularity: often }", "workload.tenants.popularity")]
    [InlineData("tenants: { count: 9, names: [a] }", "workload.tenants.names")]
    public void Tenants_that_cannot_be_drawn_are_refused(string field, string told) =>
        Assert.Contains(told, Assert.Throws<LoadLab.Core.Input.InputException>(() => Build(Evening.Replace("  prompts:", $"  {field}\n  prompts:", StringComparison.Ordinal))).Message);

    [Fact]
    public void Quality_level_brings_the_steps_and_guidance_that_a_job_leaves_open()
    {
        var text = Evening
            .Replace("frames: 9, steps: 8,", "frames: 9, quality: few-step,", StringComparison.Ordinal)
            .Replace("quality: high", "quality: few-step", StringComparison.Ordinal);
        var calls = Build(text, s_nano with { Levels = [new TargetLevel("few-step", 4, 1)] }).Calls;
        Assert.All(calls, call => Assert.Equal("few-step", call.Quality));
        Assert.All(calls.Where(call => call.Tier == "free"), call => Assert.Equal((4, 1.0), (call.Steps, call.Guidance)));
        Assert.All(calls.Where(call => call.Tier == "vip"), call => Assert.Equal((8, 4.5), (call.Steps, call.Guidance)));
        Assert.Equal(2, calls.Select(call => call.Tier).Distinct().Count());
        Assert.All(Build(text).Calls.Where(call => call.Tier == "free"), call => Assert.Equal((8, null), (call.Steps, call.Guidance)));
    }

    [Fact]
    public void Quality_level_with_a_shape_brings_it_where_a_job_names_none()
    {
        var levels = new[] { new TargetLevel("preview", 4, null, 96, 64, 5) };
        var calls = Build(Steady("jobs: [ { quality: preview, tier: open }, { quality: preview, tier: own, frames: 17 } ]"), s_nano with { Levels = levels }).Calls;
        Assert.All(calls, call => Assert.Equal((96, 64, 4, null), (call.Width, call.Height, call.Steps, call.Guidance)));
        Assert.All(calls, call => Assert.Equal(call.Tier == "own" ? 17 : 5, call.Frames));
        Assert.Equal(2, calls.Select(call => call.Tier).Distinct().Count());
    }

    [Fact]
    public void Arrivals_and_call_seeds_stay_when_jobs_and_prompts_change()
    {
        var one = Build(Evening).Calls;
        var other = Build(Evening.Replace("weight: 8", "weight: 1", StringComparison.Ordinal).Replace("unique: 0.3", "unique: 0.9", StringComparison.Ordinal)).Calls;
        Assert.Equal(one.Select(call => (call.Intended, call.CallSeed)), other.Select(call => (call.Intended, call.CallSeed)));
        Assert.NotEqual(one.Select(call => call.Tier), other.Select(call => call.Tier));
    }

    [Fact]
    public void Jobs_come_in_proportion_to_their_weights()
    {
        var calls = Build(Steady("jobs: [ { weight: 7, tier: a }, { weight: 2, tier: b }, { weight: 1, tier: c } ]")).Calls;

        // Four standard errors over 20,000 calls: 4 sqrt(0.25 / 20000) = 0.014.
        Assert.Equal(0.7, calls.Count(call => call.Tier == "a") / 20_000.0, 0.014);
        Assert.Equal(0.2, calls.Count(call => call.Tier == "b") / 20_000.0, 0.014);
        Assert.Equal(0.1, calls.Count(call => call.Tier == "c") / 20_000.0, 0.014);
    }

    [Fact]
    public void Patience_is_lognormal_around_its_median()
    {
        var logs = Build(Steady("jobs: [ { patience: { median: 90s, sigma: 0.5 } } ]")).Calls.Select(call => Math.Log(call.Patience!.Value.Seconds)).ToArray();
        var mean = logs.Average();
        Assert.Equal(Math.Log(90), mean, 0.015);
        Assert.Equal(0.5, Math.Sqrt(logs.Average(log => Math.Pow(log - mean, 2))), 0.011);
    }

    [Fact]
    public void Job_without_a_shape_gets_the_targets()
    {
        var call = Build(Steady("jobs: [ { steps: 4 } ]")).Calls[0];
        Assert.Equal(("wan2.2-ti2v-5b-nano", 160, 96, 9, 4), (call.Model, call.Width, call.Height, call.Frames, call.Steps));
        Assert.Null(call.Deadline);
        Assert.Null(call.Patience);
    }

    [Fact]
    public void Job_with_a_model_keeps_it()
    {
        var call = Build(Steady("jobs: [ { model: other, size: 96x160, frames: 5 } ]")).Calls[0];
        Assert.Equal(("other", 96, 160, 5), (call.Model, call.Width, call.Height, call.Frames));
    }

    [Fact]
    public void Prompts_are_asked_by_their_rank()
    {
        var schedule = Build(Steady("prompts: { popularity: zipf(1) }"));
        var asked = schedule.Calls.GroupBy(schedule.PromptOf).OrderByDescending(group => group.Count()).Select(group => group.Count()).ToArray();
        var harmonic = Enumerable.Range(1, BuiltInPrompts.All.Count).Sum(rank => 1.0 / rank);

        Assert.Equal(BuiltInPrompts.All.Count, asked.Length);
        Assert.Equal(1 / harmonic, asked[0] / 20_000.0, 0.014);
        Assert.Equal(1 / harmonic / 4, asked[3] / 20_000.0, 0.014);
    }

    [Fact]
    public void Unique_share_of_prompts_is_asked_once()
    {
        var schedule = Build(Steady("prompts: { unique: 0.25 }"));
        var once = schedule.Calls.GroupBy(call => call.PromptHash).Count(group => group.Count() == 1);
        Assert.Equal(0.25, once / 20_000.0, 0.013);
    }

    [Fact]
    public void Prompt_hash_is_sixteen_hex_digits_of_fnv1a()
    {
        // The published FNV-1a 64 test vector of "foobar".
        Assert.Equal("85944171f73967e8", PromptBook.Hash("foobar"));
        var schedule = Build(Evening);
        Assert.All(schedule.Calls, call => Assert.Equal(PromptBook.Hash(schedule.PromptOf(call)), call.PromptHash));
    }

    [Fact]
    public void Even_thousand_a_second_is_spaced_by_a_millisecond()
    {
        var calls = Build("""
            name: even
            workload: { duration: 2s, process: even, arrivals: [ { constant: { rate: 1000/s } } ] }
            """).Calls;
        Assert.Equal(2000, calls.Count);
        Assert.All(calls, call => Assert.Equal(500_000 + (call.Index * 1_000_000L), call.Intended.Nanoseconds));
    }

    private static string Steady(string more) => $"name: steady\nseed: 9\nworkload:\n  duration: 20s\n  process: even\n  arrivals: [ {{ constant: {{ rate: 1000/s }} }} ]\n  {more}\n";

    private static Schedule Build(string yaml, TargetDefaults? target = null) => Scheduler.Build(Repository.Bind(yaml), target ?? s_nano);
}

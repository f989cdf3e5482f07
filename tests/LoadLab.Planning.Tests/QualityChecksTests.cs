using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning.Tests;

public sealed class QualityChecksTests
{
    private static readonly RunQuality s_quality = new() { Sent = 1000, LatenessP50Ms = 0.1, LatenessP99Ms = 1, LatenessMaxMs = 2, LatenessGateMs = 20, LatenessPassed = true, DispatchPriority = "nice -10" };

    private static readonly RunManifest s_manifest = new()
    {
        Scenario = "peak", Status = "completed", Evidence = "real", Planned = 1000, ScheduleSha256 = "", Seed = 0, ScenarioText = "",
        Parts = "", Version = "", Machine = "", Device = "remote: videos.example, device not seen", Quality = s_quality,
    };

    [Fact]
    public void Run_that_was_played_well_passes_every_check()
    {
        var checks = Of(s_manifest, Calls());
        Assert.All(checks, check => Assert.True(check.Passed, check.Sentence));
        Assert.Equal(["lateness", "planned = sent", "lateness drift", "client machine", "ends seen"], checks.Select(check => check.Name));
        Assert.Equal(["lateness", "planned = sent"], checks.Where(check => check.Fatal).Select(check => check.Name));
    }

    [Fact]
    public void Lateness_past_its_gate_is_fatal()
    {
        var check = Named("lateness", Of(s_manifest with { Quality = s_quality with { LatenessP99Ms = 25, LatenessPassed = false } }, Calls()));
        Assert.Equal((25.0, 20.0, false, true), (check.Value, check.Bound, check.Passed, check.Fatal));
        Assert.Equal("p99 of sent - intended 25 ms, gate 20 ms, most 2 ms; the sending thread ran at nice -10 priority", check.Sentence);
    }

    [Theory]
    [InlineData(null, "run-ended", false, 20)]
    [InlineData("guard:max-calls", "guard:max-calls", true, 0)]
    [InlineData("guard:max-calls", "run-ended", false, 20)]
    public void Calls_that_were_not_sent_need_the_runs_reason_to_stop(string? stop, string reason, bool passed, double unexplained)
    {
        var calls = Calls().Select((call, i) => i < 980 ? call : call with { Sent = null, Completed = null, Outcome = Outcome.Unfinished, Reason = reason });
        var check = Named("planned = sent", Of(s_manifest with { Quality = s_quality with { StopReason = stop } }, calls));
        Assert.Equal((unexplained, passed, true), (check.Value, check.Passed, check.Fatal));
        Assert.StartsWith($"1000 planned, 980 sent; not sent: 20 x {reason}", check.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_missing_were_not_sent_for_any_reason() => Assert.Equal(5, Named("planned = sent", Of(s_manifest, Calls().Take(995))).Value);

    [Fact]
    public void Engine_that_falls_behind_is_told_by_the_slope_of_its_lateness()
    {
        var random = new RandomStream(new Seed(1));
        IEnumerable<CallRecord> Late(double gainMs) => Calls().Select(call => call with { Sent = call.Intended + Duration.FromMilliseconds(1 + (gainMs * call.Call / 1000) + random.NextExponential()) });

        var growing = Named("lateness drift", Of(s_manifest, Late(10)));
        var steady = Named("lateness drift", Of(s_manifest, Late(0)));
        Assert.False(growing.Passed);
        Assert.InRange(growing.Value!.Value, 9, 11);
        Assert.EndsWith("the engine is falling behind", growing.Sentence, StringComparison.Ordinal);
        Assert.True(steady.Passed);
        Assert.InRange(steady.Value!.Value, -1, 1);
        Assert.False(growing.Fatal);
    }

    /// <summary>The interval of the drift holds the truth in nineteen of twenty series, also where lateness of one moment is like that of the next.</summary>
    [Theory]
    [InlineData(0.0, 0.02, 0.09)]
    [InlineData(0.95, 0.02, 0.12)]
    public void Interval_of_the_drift_misses_the_truth_in_about_one_series_of_twenty(double correlation, double least, double most)
    {
        const int Series = 400;
        var missed = Enumerable.Range(0, Series).Count(seed =>
        {
            var random = new RandomStream(new Seed((ulong)seed));
            var level = 0.0;
            var drift = LatenessDrift.Of(Calls().Select(call =>
            {
                level = (correlation * level) + random.NextNormal();
                return call with { Sent = call.Intended + Duration.FromMilliseconds(20 + level) };
            }))!;
            return Math.Abs(drift.GainMs) > drift.HalfWidthMs;
        });
        Assert.InRange(missed / (double)Series, least, most);
    }

    [Fact]
    public void Too_few_calls_have_no_drift() => Assert.Null(LatenessDrift.Of(Calls().Take(79)));

    public static TheoryData<string, string, double, string> Signs => new()
    {
        { "host", "cpu.util", 0.97, "was the bottleneck: CPU of the machine, p95 97 %, more than 90 %" },
        { "cgroup", "cpu.used", 3.9, "was the bottleneck: CPU of what its container may use, p95 97.5 %, more than 90 %" },
        { "cgroup", "cpu.throttled", 0.2, "was the bottleneck: CPU held back by its container 0.2 cores, more than 0.05 cores" },
        { "host", "cpu.steal", 0.1, "was the bottleneck: CPU taken by other machines of its host 10 %, more than 5 %" },
        { "host", "cpu.pressure", 0.7, "was the bottleneck: time in which a task waited for a CPU 70 %, more than 50 %" },
        { "engine", "gc.pause", 0.02, "was the bottleneck: garbage collection pauses 2 %, more than 1 %" },
        { "host", "tcp.ports", 0.9, "was the bottleneck: TCP ports in use, most 90 %, more than 80 %" },
    };

    [Theory]
    [MemberData(nameof(Signs))]
    public void Client_that_was_the_bottleneck_is_told_by_its_sign(string source, string metric, double value, string sentence)
    {
        Sample[] samples = [.. Samples("cgroup", "cpu.limit", 4), .. Samples(source, metric, value)];
        var check = Named("client machine", Of(s_manifest, Calls(), samples));
        Assert.Equal((1.0, false, false, sentence), (check.Value, check.Passed, check.Fatal, check.Sentence));
    }

    [Fact]
    public void Client_without_sockets_is_the_bottleneck_and_fatal()
    {
        var calls = Calls().Select((call, i) => i < 990 ? call : call with { Completed = null, Outcome = Outcome.Failed, Reason = "client-sockets" });
        var check = Named("client machine", Of(s_manifest, calls));
        Assert.Equal((1.0, false, true), (check.Value, check.Passed, check.Fatal));
        Assert.Equal("was the bottleneck: 10 calls found no socket left to send on: raise the limit of open files", check.Sentence);
    }

    [Fact]
    public void Bottleneck_is_fatal_when_the_calls_were_late_too()
    {
        var late = s_manifest with { Quality = s_quality with { LatenessPassed = false } };
        Assert.True(Named("client machine", Of(late, Calls(), Samples("host", "cpu.util", 0.99))) is { Fatal: true, Passed: false });
        Assert.True(Named("client machine", Of(late, Calls(), Samples("host", "cpu.util", 0.2))).Passed);
    }

    [Fact]
    public void Processors_kept_busy_by_a_service_on_the_same_machine_are_no_sign_while_calls_go_out_in_time()
    {
        var busy = Samples("host", "cpu.util", 0.99);
        Assert.EndsWith("; the service ran on the same machine", Named("client machine", QualityChecks.Of(s_manifest, [.. Calls()], busy, sharesMachine: true)).Sentence, StringComparison.Ordinal);
        Assert.False(Named("client machine", QualityChecks.Of(s_manifest with { Quality = s_quality with { LatenessPassed = false } }, [.. Calls()], busy, sharesMachine: true)).Passed);
    }

    [Fact]
    public void What_was_sampled_after_the_last_call_was_sent_is_not_looked_at()
    {
        Sample[] samples = [new(Instant.FromSeconds(50), "host", "cpu.util", "share", 0.2), new(Instant.FromSeconds(500), "host", "cpu.util", "share", 1)];
        Assert.Equal("was not the bottleneck: CPU of the machine, p95 20 %", Named("client machine", Of(s_manifest, Calls(), samples)).Sentence);
    }

    [Fact]
    public void Clock_uncertainty_stands_beside_the_latency_it_touches()
    {
        var manifest = s_manifest with { ClockOffsetNs = -12_000_000_000, ClockUncertaintyNs = 25_000_000 };
        var stamped = Calls().Select(call => call with { Started = call.Intended + Duration.FromMilliseconds(10) });
        var check = Named("clock uncertainty", Of(manifest, stamped));
        Assert.Equal((0.05, false, false), (check.Value, check.Passed, check.Fatal));
        Assert.StartsWith("the service's clock is known to +-25 ms, 5 % of the median latency of 0.5 s", check.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(Of(manifest, Calls()), other => other.Name == "clock uncertainty");
    }

    [Theory]
    [InlineData(0.005, true)]
    [InlineData(0.02, false)]
    public void Polling_censors_a_share_of_the_latency(double pollErrorSeconds, bool passed)
    {
        // Latency is half a second: 1 % and 4 % of it.
        var check = Named("polling", Of(s_manifest, Calls().Select(call => call with { PollError = Duration.FromSeconds(pollErrorSeconds) })));
        Assert.Equal(passed, check.Passed);
        Assert.Equal(pollErrorSeconds / 0.5, check.Value!.Value, 1e-9);
        Assert.DoesNotContain(Of(s_manifest, Calls().Select(call => call with { PollError = Duration.Zero })), other => other.Name == "polling");
    }

    [Fact]
    public void Calls_whose_end_was_not_seen_samples_missed_cancels_refused_and_saturation_warn()
    {
        var quality = s_quality with { SampleRounds = 90, SampleRoundsMissed = 10, CancelsAsked = 5, CancelsAccepted = 3, Saturation = "saturated at 60 s: ..." };
        var calls = Calls().Select((call, i) => i < 950 ? call : call with { Completed = null, Outcome = Outcome.Unfinished, Reason = "drain:left" });
        var failed = Of(s_manifest with { Quality = quality }, calls).Where(check => !check.Passed).ToList();
        Assert.Equal(
            [
                "50 of 1000 calls sent had not ended when the run did; they count as infinite",
                "10 of 100 rounds of samples were missed",
                "of 5 jobs given up on, 3 were cancelled by the service; the others may go on costing",
                "saturated at 60 s: ...",
            ],
            failed.Select(check => check.Sentence));
        Assert.All(failed, check => Assert.False(check.Fatal));
    }

    [Fact]
    public void Summary_counts_who_gave_up()
    {
        var calls = Calls().Select((call, i) => i >= 10 ? call : call with { Completed = null, Outcome = i < 8 ? Outcome.Abandoned : Outcome.TimedOut, Reason = "patience" }).ToList();
        var summary = RunSummary.Of(s_manifest with { Quality = s_quality with { CancelsAsked = 10, CancelsAccepted = 9, Checks = [] } }, calls, SloOptions.None);
        Assert.Equal((8, 2, 0.008, 10, 9), (summary.Patience.Abandoned, summary.Patience.TimedOut, summary.Patience.AbandonedShare.Value, summary.Patience.CancelsAsked, summary.Patience.CancelsAccepted));
        Assert.Empty(summary.Quality);
    }

    private static IReadOnlyList<QualityCheck> Of(RunManifest manifest, IEnumerable<CallRecord> calls, IReadOnlyList<Sample>? samples = null) =>
        QualityChecks.Of(manifest, [.. calls], samples ?? [], sharesMachine: false);

    private static QualityCheck Named(string name, IReadOnlyList<QualityCheck> checks) => Assert.Single(checks, check => check.Name == name);

    /// <summary>Ten a second, half a second each, a millisecond late.</summary>
    private static IEnumerable<CallRecord> Calls() => Enumerable.Range(0, 1000).Select(i => Make.Call(i, i / 10.0, 0.5));

    private static Sample[] Samples(string source, string metric, double value) => [.. Enumerable.Range(0, 99).Select(second => new Sample(Instant.FromSeconds(second), source, metric, "", value))];
}

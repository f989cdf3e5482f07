using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving.Journal;

namespace LoadLab.Fleet.Tests;

/// <summary>Laws that hold whatever the rules, the load and the faults are; a failure names the seed.</summary>
public class RuleLawTests
{
    private const int Fleets = 60;

    [Fact]
    public void Every_call_has_one_outcome_and_every_nanosecond_one_use_under_all_rules()
    {
        for (ulong seed = 0; seed < Fleets; seed++)
        {
            var fleet = new RandomFleet(seed);
            var result = fleet.Run();
            Assert.True(result.Calls.Count == fleet.Schedule.Calls.Count && result.Calls.Select((call, i) => call.Call == i).All(same => same), $"seed {seed}: {result.Calls.Count} rows");
            Assert.True(result.Calls.All(call => call.Outcome != Outcome.Unfinished && call.Reason != "shutdown"), $"seed {seed}: calls waited for ever");
            var interrupted = fleet.Serving.Preemption.On || fleet.Fleet.Spot.MeanTimeToReclaim is not null;
            Assert.True(interrupted || result.Calls.All(call => call.Attempts <= 1 + fleet.Serving.Recovery.Retries), $"seed {seed}: a call ran more often than its retries allow");
            Assert.True(result.Calls.All(call => (call.BatchSize ?? 1) <= fleet.Serving.Batching.MaxBatch), $"seed {seed}: a batch is too large");
            Assert.True(result.Calls.All(InOrder), $"seed {seed}: a call's times are out of order: {result.Calls.FirstOrDefault(call => !InOrder(call))}");
            foreach (var usage in result.Usage)
            {
                Assert.True(usage is { Busy.Nanoseconds: >= 0, Idle.Nanoseconds: >= 0, Load.Nanoseconds: >= 0, Drain.Nanoseconds: >= 0, Down.Nanoseconds: >= 0 }, $"seed {seed}: {usage}");
                Assert.True(usage.Busy + usage.Idle + usage.Load + usage.Drain + usage.Down == usage.Total, $"seed {seed}: {usage}");
            }
        }
    }

    [Fact]
    public void Journal_of_any_rules_replays_byte_for_byte_and_is_the_same_when_played_again()
    {
        for (ulong seed = 0; seed < Fleets; seed++)
        {
            using var first = new MemoryStream();
            using var second = new MemoryStream();
            var (result, again) = (new RandomFleet(seed).Run(first), new RandomFleet(seed).Run(second));
            Assert.True(first.ToArray().AsSpan().SequenceEqual(second.ToArray()), $"seed {seed}: the journals differ");
            Assert.True(result.Calls.SequenceEqual(again.Calls) && result.Samples.SequenceEqual(again.Samples) && result.Usage.SequenceEqual(again.Usage) && result.Assumptions.SequenceEqual(again.Assumptions), $"seed {seed}: the results differ");
            using var reader = JournalReader.Open(new MemoryStream(first.ToArray()), "decisions.jsonl");
            var replay = JournalReplay.Verify(reader);
            Assert.True(replay.Identical, $"seed {seed}, line {replay.FirstDifferenceLine}: {replay.Expected} / {replay.Actual}");
            Assert.Equal((result.Events, 0, false), (replay.Events, replay.Missing, replay.Torn));
        }
    }

    [Fact]
    public void Random_fleets_meet_every_rule()
    {
        var results = Enumerable.Range(0, Fleets).Select(seed => new RandomFleet((ulong)seed).Run()).ToList();
        var calls = results.SelectMany(result => result.Calls).ToList();
        Assert.Equal(
            ["abandoned patience", "completed ", "rejected 429", "rejected content", "rejected expired", "rejected overload", "rejected quota"],
            calls.Where(call => call.Outcome != Outcome.Failed).Select(call => $"{Words.Of(call.Outcome)} {call.Reason}").Distinct().Order(StringComparer.Ordinal));
        Assert.Superset(new HashSet<string> { "error", "out-of-memory", "replica-lost" }, calls.Where(call => call.Outcome == Outcome.Failed).Select(call => call.Reason).ToHashSet());
        Assert.Contains(calls, call => call is { Outcome: Outcome.Completed, Attempts: > 1 });
        Assert.Contains(calls, call => call is { BatchSize: 4 });
        Assert.Contains(results, result => result.Usage.Any(usage => usage.Down > Duration.Zero));
        Assert.Contains(results, result => result.Assumptions.Any(sentence => sentence.StartsWith("A batch that goes on from a denoise step", StringComparison.Ordinal)));
        Assert.Contains(calls, call => call.Outcome == Outcome.Completed && call.ServedModel != call.Model);
        Assert.Contains(calls, call => call is { Outcome: Outcome.Rejected, Reason: "content", DecodeEnd: not null });
        Assert.Contains(calls, call => call is { Outcome: Outcome.Rejected, Reason: "content", Started: null });
    }

    private static bool InOrder(CallRecord call)
    {
        var times = new[] { call.Intended, call.Queued, call.Started, call.TextEnd, call.DenoiseEnd, call.DecodeEnd, call.Completed, call.Polled }.OfType<Instant>().ToList();
        return times.Zip(times.Skip(1)).All(pair => pair.First <= pair.Second);
    }
}

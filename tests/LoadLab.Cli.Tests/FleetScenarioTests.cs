using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Journal;

namespace LoadLab.Cli.Tests;

/// <summary>Scenarios of fleets that only a simulation has: what they show is there.</summary>
public sealed class FleetScenarioTests
{
    [Fact]
    public void Spot_machines_are_taken_back_and_their_jobs_go_on_from_a_checkpoint()
    {
        var (result, journal) = Play("spot");
        Assert.All(result.Calls, call => Assert.Equal(Outcome.Completed, call.Outcome));
        Assert.Contains(journal, entry => entry.Event is ServingEvent.ReclaimNotice);
        Assert.Contains(journal, entry => entry.Decision is Decision.Requeue { Reason: "reclaimed", FromStep: > 0 });
        Assert.DoesNotContain(journal, entry => entry.Decision is Decision.Retry);
        Assert.True(result.Usage.Count > 16);
    }

    [Fact]
    public void Broken_gpus_are_down_and_paid_for_and_lose_no_work()
    {
        var (result, _) = Play("broken-gpus");
        Assert.All(result.Calls, call => Assert.Equal((Outcome.Completed, 1), (call.Outcome, call.Attempts)));
        Assert.Equal(8, result.Usage.Count);
        Assert.True(result.Usage.Sum(usage => usage.Down.Seconds) > 3600);
        Assert.All(result.Usage, usage => Assert.Equal(usage.Total, usage.Busy + usage.Idle + usage.Load + usage.Drain + usage.Down));
    }

    [Fact]
    public void Preemption_on_real_replicas_is_refused_before_it_starts_and_simulated_all_the_same()
    {
        var text = File.ReadAllText(Repository.At("Scenarios", "rules", "preemption.yaml"));
        var line = text.Split('\n').First(line => line.StartsWith("target:", StringComparison.Ordinal));
        var path = Path.Combine(Path.GetTempPath(), $"preemption-{Guid.NewGuid():n}.yaml");
        File.WriteAllText(path, text.Replace(line, "target: { kind: local, model: wan2.2-ti2v-5b-nano }", StringComparison.Ordinal).Replace("size: 832x480, frames: 81, steps: 40", "size: 160x96, frames: 9, steps: 8", StringComparison.Ordinal));
        try
        {
            var refused = Assert.Throws<InputException>(() => Scenario.Load(path).ForTarget());
            Assert.Contains("serving.preemption does not go with target.kind: local", refused.Message, StringComparison.Ordinal);
            Assert.Equal(17, Assert.Single(refused.Problems).Line);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Eight_GPU_and_one_GPU_replicas_share_three_nodes()
    {
        var scenario = Scenario.Load(Repository.At("Scenarios", "fleet", "mixed-gpus.yaml"));
        var run = SimulateVerb.Simulated(scenario, Profiles.Load("wan22-published"));
        var result = FleetSimulation.Run(run.Schedule, run.Profile, run.Fleet, run.Serving, run.Autoscaler, run.Seed);
        Assert.All(result.Calls, call => Assert.Equal(Outcome.Completed, call.Outcome));
        Assert.Equal(["h100-8", "h100-1"], result.Gpus.Kinds.Select(use => use.Kind));
        Assert.All(result.Gpus.Kinds, use => Assert.True(use is { Busy.Seconds: > 0, Boot.Seconds: > 0, Load.Seconds: > 0 }, $"{use}"));
        Assert.Equal(result.Gpus.Nodes.Sum(node => node.Total.Seconds), result.Gpus.Total.Total.Seconds, 1e-3);
        Assert.True(result.Gpus.Total.Empty.Seconds > 0);
        Assert.Contains(result.Assumptions, sentence => sentence.Contains("waited for a node of 8 h100", StringComparison.Ordinal));
    }

    [Fact]
    public void Emulated_target_of_a_profile_of_many_kinds_is_refused()
    {
        var text = File.ReadAllText(Repository.At("Scenarios", "rules", "tiers.yaml"));
        var path = Path.Combine(Path.GetTempPath(), $"tiers-{Guid.NewGuid():n}.yaml");
        File.WriteAllText(path, System.Text.RegularExpressions.Regex.Replace(text, "profile: [^,} ]+", "profile: wan22-published"));
        try
        {
            Assert.Contains("is of several kinds of replica", Assert.Throws<InputException>(() => Scenario.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (SimulationResult Result, IReadOnlyList<JournalEntry> Journal) Play(string name)
    {
        var scenario = Scenario.Load(Repository.At("Scenarios", "fleet", name + ".yaml"));
        using var journal = new MemoryStream();
        var result = FleetSimulation.Run(scenario.Schedule(), Profiles.Load("wan2.2-t2v-a14b-h100-1gpu"), scenario.Fleet, scenario.Serving, scenario.Autoscaler, scenario.Seed, new SimulationOptions { Journal = journal });
        using var reader = JournalReader.Open(new MemoryStream(journal.ToArray()), "decisions.jsonl");
        var entries = reader.Entries().ToList();
        using var again = JournalReader.Open(new MemoryStream(journal.ToArray()), "decisions.jsonl");
        Assert.True(JournalReplay.Verify(again).Identical);
        return (result, entries);
    }
}

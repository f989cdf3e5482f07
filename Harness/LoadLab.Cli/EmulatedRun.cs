using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;
using LoadLab.Planning;
using LoadLab.Reports;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;

namespace LoadLab.Cli;

/// <summary>What a run against an emulated target says of itself.</summary>
internal static class EmulatedRun
{
    /// <summary>emulated x500; null for any other target.</summary>
    public static string? LabelOf(Scenario scenario) => scenario.Target.Emulated is { } emulated ? Show.Inv($"emulated x{emulated.Speed:0.###}") : null;

    /// <summary>For the first line of a run; null for any other target.</summary>
    public static string? BackendOf(Scenario scenario)
    {
        if (scenario is not { Target.Emulated: { } emulated, Profile: { } profile })
        {
            return null;
        }

        var replicas = scenario.Autoscaler.Kind == AutoscalerKind.Fixed ? $"{scenario.Autoscaler.Replicas}" : $"{scenario.Autoscaler.Min} to {scenario.Autoscaler.Max}";
        var real = emulated.Real is { } beside ? $", beside {beside.Replicas} real of {beside.Model}" : "";
        return $"{LabelOf(scenario)} ({replicas} replicas, profile {profile.Name}{real})";
    }

    /// <summary>For run.json; null for any other target.</summary>
    public static string? DeviceOf(Scenario scenario) => LabelOf(scenario) is { } label ? $"{label}: {scenario.Profile!.Device}" : null;

    /// <summary>Completed calls of the real model beside the emulated ones.</summary>
    public static int RealCallsOf(Scenario scenario, IEnumerable<CallRecord> calls) =>
        scenario.Target.Emulated?.Real is { } real ? calls.Count(call => call.Outcome == Outcome.Completed && (call.ServedModel ?? call.Model) == real.Model) : 0;

    /// <summary>What a reader of a run should know of how its target was set up.</summary>
    public static IEnumerable<string> NotesOf(Scenario scenario)
    {
        if (scenario.Target.Kind == TargetKind.Local && scenario.Autoscaler.Kind != AutoscalerKind.Fixed)
        {
            yield return "a local target keeps its replicas; the autoscaler section is for emulated targets, simulate and ab";
        }

        if (scenario.Target is { Kind: TargetKind.Local, Replicas: > 1 and var replicas })
        {
            yield return $"{replicas} replicas share this machine's processors and add no capacity: an emulated target stands for many machines";
        }

        foreach (var sentence in OwnAssumptions(scenario))
        {
            yield return $"assumed: {sentence}";
        }
    }

    private static IEnumerable<string> OwnAssumptions(Scenario scenario)
    {
        if (scenario.Profile is not { } profile)
        {
            yield break;
        }

        if (profile.ColdStart is null)
        {
            yield return "loading a model takes no time, the profile has no cold start";
        }

        if (scenario.Target.MemoryBytes is not null && profile.Memory is null)
        {
            yield return "memory limits nothing, the profile has no law for it";
        }

        if (scenario.Serving.Batching.Kind == BatchingKind.None)
        {
            yield break;
        }

        yield return "a batch that the profile does not have takes as many times a single job's time as it has jobs";
    }
}

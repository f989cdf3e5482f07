using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Computes a schedule whole: a pure function of the options (scenario, seed, trace as read) and of what the target serves by default.</summary>
public static class Scheduler
{
    /// <summary>Throws <see cref="InputException"/> when chance or a trace brings more than <see cref="WorkloadOptions.MaxCalls"/> calls.</summary>
    public static Schedule Build(WorkloadOptions options, TargetDefaults target)
    {
        var prompts = new PromptBook(options.Prompts, options.Seed);
        var sources = Draws(options, target, prompts);
        var calls = new PackedCalls(prompts);
        if (options.Closed is { } closed)
        {
            for (var i = 0; i < closed.Calls; i++)
            {
                Add(calls, sources[0].Jobs.Call(i, Instant.Zero, null) with { Think = closed.ThinkAfter(i, options.Seed) }, sources[0].Prompts, null);
            }

            return new Schedule(options.Length, calls) { ClosedUsers = closed.Users };
        }

        foreach (var (at, source, job) in Arrivals(options))
        {
            if (calls.Count == WorkloadOptions.MaxCalls)
            {
                throw new InputException(new Problem(options.Name, 0, "workload", null, $"brings more than {WorkloadOptions.MaxCalls} calls", "shorten it or lower its rate"));
            }

            Add(calls, sources[source].Jobs.Call(calls.Count, at, job), sources[source].Prompts, job?.Prompt);
        }

        return new Schedule(options.Length, calls);
    }

    /// <summary>Each source draws jobs and prompts by its own seed; what has no sources draws by the run's.</summary>
    private static (JobMix Jobs, PromptBook Prompts)[] Draws(WorkloadOptions options, TargetDefaults target, PromptBook prompts) => options.Sources.Count == 0
        ? [(new JobMix(options.Jobs, options.Tenants, target, options.Seed), prompts)]
        : [.. options.Sources.Select(source => (new JobMix(source.Jobs, options.Tenants, target, source.Seed), prompts.For(source.Seed)))];

    /// <summary>The draw is taken whether or not the call brings its own prompt: the others keep theirs.</summary>
    private static void Add(PackedCalls calls, ScheduledCall call, PromptBook prompts, string? own)
    {
        var draw = prompts.Draw();
        if (own is { Length: > 0 })
        {
            calls.Add(call with { PromptHash = PromptBook.Hash(own) }, own);
        }
        else
        {
            calls.Add(call with { PromptHash = PromptBook.Hash(prompts.Text(call.Index, draw)) }, draw);
        }
    }

    private static IEnumerable<(Instant At, int Source, TraceJob? Job)> Arrivals(WorkloadOptions options) => options.Trace is { } trace
        ? trace.Arrivals(options.Seed.Stream("thinning")).TakeWhile(arrival => arrival.At.Nanoseconds < options.Length.Nanoseconds).Select(arrival => (arrival.At, 0, arrival.Job))
        : ArrivalSources.InOrder(options.Sources).Select(arrival => (arrival.At, arrival.Source, (TraceJob?)null));
}

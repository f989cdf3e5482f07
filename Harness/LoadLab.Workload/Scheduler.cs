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
        var jobs = new JobMix(options.Jobs, target, options.Seed);
        var prompts = new PromptBook(options.Prompts, options.Seed);
        var calls = new PackedCalls(Math.Min(WorkloadOptions.MaxCalls, ExpectedCalls(options)), prompts);
        if (options.Closed is { } closed)
        {
            for (var i = 0; i < closed.Calls; i++)
            {
                Add(calls, jobs.Call(i, Instant.Zero, null) with { Think = closed.ThinkAfter(i, options.Seed) }, prompts, null);
            }

            return new Schedule(options.Length, calls) { ClosedUsers = closed.Users };
        }

        foreach (var (at, job) in Arrivals(options))
        {
            if (calls.Count == WorkloadOptions.MaxCalls)
            {
                throw new InputException(new Problem(options.Name, 0, "workload", null, $"brings more than {WorkloadOptions.MaxCalls} calls", "shorten it or lower its rate"));
            }

            Add(calls, jobs.Call(calls.Count, at, job), prompts, job?.Prompt);
        }

        return new Schedule(options.Length, calls);
    }

    /// <summary>The draw is taken whether or not the call brings its own prompt: the others keep theirs.</summary>
    private static void Add(PackedCalls calls, ScheduledCall call, PromptBook prompts, string? own)
    {
        var draw = prompts.Draw(call.Index);
        if (own is { Length: > 0 })
        {
            calls.Add(call with { PromptHash = PromptBook.Hash(own) }, own);
        }
        else
        {
            calls.Add(call with { PromptHash = PromptBook.Hash(prompts.Text(call.Index, draw)) }, draw);
        }
    }

    private static int ExpectedCalls(WorkloadOptions options) => options.Trace is { } trace ? trace.Trace.Rows.Count : (int)Math.Min(WorkloadOptions.MaxCalls, options.Arrivals?.Total ?? 0);

    private static IEnumerable<(Instant At, TraceJob? Job)> Arrivals(WorkloadOptions options) => options.Trace is { } trace
        ? trace.Arrivals(options.Seed.Stream("thinning")).TakeWhile(arrival => arrival.At.Nanoseconds < options.Length.Nanoseconds)
        : Shaped(options).Select(at => (at, (TraceJob?)null));

    private static IEnumerable<Instant> Shaped(WorkloadOptions options)
    {
        if (options.Arrivals is not { } curve)
        {
            yield break;
        }

        // Rounding to nanoseconds could reach the end, which belongs to no call.
        var last = new Instant(options.Length.Nanoseconds - 1);
        foreach (var count in options.Process.Counts(options.Seed.Stream("arrivals")).TakeWhile(count => count < curve.Total))
        {
            var at = Instant.FromSeconds(curve.Inverse(count));
            yield return at < last ? at : last;
        }
    }
}

using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Probe;

/// <summary>
/// What another prompt of the same shape does to a step's time. Steps of all prompts alternate, each with its kernel; in a round a prompt's ratio step/kernel stands
/// against the first prompt's of the same round. Change is the median over rounds, less 1, with its 95 % interval.
/// </summary>
public sealed record PromptEffect(string Prompt, bool EqualLength, MedianInterval Change)
{
    internal static IReadOnlyList<PromptEffect> Measure(WanPipeline pipeline, PairClock clock, ProbeOptions options, CancellationToken stop)
    {
        var prompts = ProbePrompts.All;
        var loops = prompts.Select(prompt => new StepLoop(pipeline, options.Shape, ProbePrompts.Same(prompt.Text, options.Batch))).ToArray();
        try
        {
            var changes = prompts.Select(_ => new List<double>()).ToArray();
            clock.Restart();
            for (var round = 0; clock.NowSeconds < options.Prompts.TotalSeconds && !stop.IsCancellationRequested; round++)
            {
                AddRound(clock, loops, round, changes);
            }

            return [.. Enumerable.Range(1, prompts.Count - 1).Select(i => new PromptEffect(prompts[i].Name, ProbePrompts.EqualLength.Contains(prompts[i]), MedianInterval.Of(changes[i])))];
        }
        finally
        {
            Array.ForEach(loops, loop => loop.Dispose());
        }
    }

    // Every prompt comes at every place of a round equally often.
    private static void AddRound(PairClock clock, StepLoop[] loops, int round, List<double>[] changes)
    {
        var pairs = new ProbePair[loops.Length];
        for (var place = 0; place < loops.Length; place++)
        {
            var prompt = (round + place) % loops.Length;
            pairs[prompt] = clock.Measure(loops[prompt]);
        }

        if (pairs[0].Phase == PairPhase.Steady)
        {
            for (var prompt = 1; prompt < loops.Length; prompt++)
            {
                changes[prompt].Add((pairs[prompt].Ratio / pairs[0].Ratio) - 1);
            }
        }
    }
}

namespace LoadLab.Model.Pipeline;

/// <summary>
/// All that the next stage of a batch needs, on the host: context rows before the first denoising step, latents after the last one. Noise is not part of it, as it is
/// drawn again from the seeds. Between two steps a batch has more state (the solver's) and is not handed over.
/// </summary>
/// <param name="StepsDone">None or all of them.</param>
/// <param name="Jobs">Those that are not cancelled, in the batch's order.</param>
public sealed record BatchState(int StepsDone, IReadOnlyList<JobState> Jobs)
{
    /// <summary>Bytes of the values; what jobs share, as equal prompts do, counts once.</summary>
    public long Bytes => Jobs.SelectMany(job => job.Arrays).Distinct().Sum(values => (long)values.Length * sizeof(float));

    /// <summary>Everything that does not fit a batch; empty when it can go on from here.</summary>
    internal IReadOnlyList<string> Problems(WanModelSpec model, WanBatch batch)
    {
        if (Jobs.Count != batch.Jobs.Count)
        {
            return [$"the state is of {Jobs.Count} jobs, the batch has {batch.Jobs.Count}"];
        }

        if (StepsDone != 0 && StepsDone != batch.Shape.Steps)
        {
            return [$"the state stands at step {StepsDone}; a batch goes on from step 0 or {batch.Shape.Steps}"];
        }

        return [.. Enumerable.Range(0, Jobs.Count).Where(job => !Fits(model, batch, job)).Select(job => $"the {(StepsDone == 0 ? "context" : "latent")} of job {job} is missing or of another size")];
    }

    private bool Fits(WanModelSpec model, WanBatch batch, int job)
    {
        var state = Jobs[job];
        return StepsDone == 0
            ? IsContext(model, state.Prompt) && (model.IsGuided(batch.Jobs[job]) ? IsContext(model, state.Negative) : state.Negative is null)
            : state.Latent?.Length == model.LatentCount(batch.Shape);
    }

    private static bool IsContext(WanModelSpec model, float[]? rows) =>
        rows is { Length: > 0 } && rows.Length % model.Transformer.TextDim == 0 && rows.Length / model.Transformer.TextDim <= model.Transformer.TextLength;
}

/// <summary>One job between two stages.</summary>
/// <param name="Prompt">Context rows (n, text dim) of its prompt, after text.</param>
/// <param name="Negative">Of its negative prompt; null without guidance.</param>
/// <param name="Latent">[C, T, H, W], after the last step.</param>
public sealed record JobState(float[]? Prompt, float[]? Negative, float[]? Latent)
{
    internal IEnumerable<float[]> Arrays => new[] { Prompt, Negative, Latent }.OfType<float[]>();
}

using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Cost;

/// <summary>What a batch asks of memory: its shape and the tokens of its prompts.</summary>
/// <param name="Shape">Common to its jobs.</param>
/// <param name="Prompts">Tokens of each job's prompt, its end token included; one group of text rows each (jobs next to each other with one prompt share theirs).</param>
/// <param name="Negatives">Tokens of each job's negative prompt, likewise; empty without guidance.</param>
public sealed record BatchLoad(JobShape Shape, IReadOnlyList<PromptLoad> Prompts, IReadOnlyList<PromptLoad> Negatives)
{
    public bool IsGuided => Negatives.Count > 0;

    /// <summary>Latents going through a forward together: twice the jobs with guidance.</summary>
    public int Items => Prompts.Concat(Negatives).Sum(prompt => prompt.Jobs);

    /// <summary>Text groups in the order of the forward.</summary>
    internal IEnumerable<PromptLoad> Groups => Prompts.Concat(Negatives);

    /// <summary>The most a batch can ask: prompts all different and as long as the model reads, one negative prompt for all.</summary>
    public static BatchLoad Largest(WanModelSpec model, JobShape shape, int batch, bool isGuided)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        var longest = model.Transformer.TextLength;
        var prompts = Enumerable.Repeat(new PromptLoad(longest, 1), batch).ToArray();
        return new BatchLoad(shape, prompts, isGuided ? [new PromptLoad(longest, batch)] : []);
    }
}

/// <summary>A prompt's tokens and the neighbouring jobs that share it.</summary>
public readonly record struct PromptLoad(int Tokens, int Jobs);

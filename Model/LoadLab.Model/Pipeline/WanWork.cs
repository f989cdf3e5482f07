namespace LoadLab.Model.Pipeline;

/// <summary>What a pipeline has computed so far.</summary>
/// <param name="TextEncodings">Texts sent through the encoder.</param>
/// <param name="TransformerCalls">Calls of the transformer: one a step, whatever the number of jobs.</param>
/// <param name="TransformerLatents">Latents in those calls: per step one a job, two with guidance.</param>
public readonly record struct WanWork(long TextEncodings, long TransformerCalls, long TransformerLatents);

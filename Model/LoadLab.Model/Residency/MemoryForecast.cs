using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Residency;

/// <summary>
/// Bytes live at the peak of each stage of a batch, by formula: which weights the plan has on the device then, and the stage's working set
/// (<see cref="TextEncoderMemory"/>, <see cref="TransformerMemory"/>, <see cref="VaeMemory"/>). Jobs are decoded one after the other. Pure: nothing is allocated.
/// </summary>
/// <param name="Text">Encoding the batch's longest prompt; without weights of the text encoder and nothing live when it is encoded on the host.</param>
/// <param name="Denoise">A step of the whole batch.</param>
/// <param name="Decode">One job's frames.</param>
/// <param name="HostBytes">Of the host backend: weights and working set of the text encoder there; 0 without one.</param>
/// <param name="ReloadBytes">Weights brought to the device again for every batch.</param>
public sealed record MemoryForecast(StageBytes Text, StageBytes Denoise, StageBytes Decode, long HostBytes, long ReloadBytes)
{
    /// <summary>The stages in their order, with names.</summary>
    public IEnumerable<(string Name, StageBytes Bytes)> Stages => [("text", Text), ("denoise", Denoise), ("decode", Decode)];

    /// <param name="model">Dimensions.</param>
    /// <param name="load">The batch.</param>
    /// <param name="plan">Where the parts live.</param>
    /// <param name="device">How the device spends memory.</param>
    /// <param name="host">How the host backend does, for a text encoder on it.</param>
    public static MemoryForecast Of(WanModelSpec model, BatchLoad load, ResidencyPlan plan, EngineMemory device, EngineMemory host)
    {
        var onHost = plan.Text == TextPlace.Host;
        var text = new TextEncoderMemory(onHost ? host : device, model.TextEncoder, onHost ? ElementType.Float32 : plan.TextType);
        var transformer = new TransformerMemory(device, model.Transformer, plan.TransformerType);
        var vae = new VaeMemory(device, model.Vae, plan.VaeType);
        var latent = model.Grid(load.Shape);
        var experts = model.ExpertBoundary is null ? 1 : 2;

        var always = vae.Weights
            + (plan.Text == TextPlace.Device ? text.Weights : 0)
            + (plan.Transformer == TransformerPlace.Device ? experts * transformer.Weights : 0);
        var encoding = text.Working(load.Groups.Max(group => group.Tokens));
        var fetchedText = plan.Text == TextPlace.Offloaded ? text.Weights : 0;
        var fetchedExpert = plan.Transformer == TransformerPlace.Offloaded ? transformer.Weights : 0;
        return new MemoryForecast(
            Text: new StageBytes(always + fetchedText, onHost ? 0 : encoding),
            Denoise: new StageBytes(always + fetchedExpert, transformer.Working(load, latent)),
            Decode: new StageBytes(always, vae.Working(latent)),
            HostBytes: onHost ? text.Weights + encoding : 0,
            ReloadBytes: fetchedText + (experts * fetchedExpert));
    }
}

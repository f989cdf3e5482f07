using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Weights;

/// <summary>Where a model's weights come from. Whatever is not a checkpoint is random: its clips and figures say so.</summary>
public abstract record WeightsSource
{
    private WeightsSource()
    {
    }

    /// <summary>For people and for run evidence.</summary>
    public abstract string Label { get; }

    /// <summary>Nothing was trained: times and memory are the model's, pictures are noise.</summary>
    public bool IsRandom => this is not Folder;

    /// <summary>The usual one: a small model's cache, a full model's checkpoint.</summary>
    /// <param name="model">Asked for.</param>
    /// <param name="path">The folder of either.</param>
    public static WeightsSource Of(WanModelSpec model, string path) => model.IsSeeded ? new Seeded(path) : new Folder(path);

    /// <summary>A checkpoint's safetensors, in a folder and the folders directly in it.</summary>
    public sealed record Folder(string Path) : WeightsSource
    {
        public override string Label => $"checkpoint {Path}";
    }

    /// <summary>A small model's weights, made from their names, written to this folder once.</summary>
    public sealed record Seeded(string CacheFolder) : WeightsSource
    {
        public override string Label => "random weights, seeded by name";
    }

    /// <summary>Made on the device, which must be an <see cref="Tensors.IWeightDrawing"/>, at every load from the same seeds; no file at all.</summary>
    public sealed record Drawn : WeightsSource
    {
        public override string Label => "random weights, drawn on the device";
    }
}

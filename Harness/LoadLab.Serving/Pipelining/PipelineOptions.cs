namespace LoadLab.Serving.Pipelining;

/// <summary>Text, denoise and decode of a batch on different replicas, so that each works on another batch; the scenario's key <c>serving.pipeline</c>. An alternative to larger batches for long videos.</summary>
public sealed record PipelineOptions
{
    /// <summary>Replicas that encode text; all three are at least 1 or the pipeline is off.</summary>
    public int Text { get; set; }

    public int Denoise { get; set; }

    public int Decode { get; set; }

    public bool On => Text > 0 && Denoise > 0 && Decode > 0;
}

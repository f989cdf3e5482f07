using LoadLab.Core.Input;

namespace LoadLab.Serving.Pipelining;

/// <summary>Text, denoise and decode of a batch on different replicas, so that each works on another batch; the scenario's key <c>serving.pipeline</c>. An alternative to larger batches for long videos.</summary>
public sealed record PipelineOptions
{
    /// <summary>Replicas that encode text; all three are at least 1 or the pipeline is off.</summary>
    /// <value>0 without a pipeline section, else 1; the other two alike.</value>
    public int Text { get; set; }

    public int Denoise { get; set; }

    public int Decode { get; set; }

    public bool On => Text > 0 && Denoise > 0 && Decode > 0;

    /// <summary>Binds <c>pipeline</c> of a serving section. Problems are added to the section's list.</summary>
    public static PipelineOptions Bind(Section serving)
    {
        if (serving.Child("pipeline") is not { } section)
        {
            return new PipelineOptions();
        }

        var options = new PipelineOptions
        {
            Text = section.Integer("text", 1, 1, 10_000),
            Denoise = section.Integer("denoise", 1, 1, 10_000),
            Decode = section.Integer("decode", 1, 1, 10_000),
        };
        section.Close();
        return options;
    }
}

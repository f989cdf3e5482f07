namespace LoadLab.Serving.Batching;

/// <summary>What jobs must have in common to share a forward: the served model, the shape, the guidance form (one forward a step or two) and the quality level.</summary>
public readonly record struct BatchKey(ModelId Model, int Width, int Height, int Frames, int Steps, bool Guided, string Quality)
{
    /// <param name="job">The job.</param>
    /// <param name="served">The model that serves it, which may be lighter than the one asked for.</param>
    public static BatchKey Of(JobView job, ModelId served) => new(served, job.Width, job.Height, job.Frames, job.Steps, job.Guided, job.Quality);

    /// <summary>Width x height x frames.</summary>
    public double Pixels => (double)Width * Height * Frames;
}

namespace LoadLab.Serving.Batching;

/// <summary>What jobs must have in common to share a forward: the served model, the shape, the guidance form (one forward a step or two) and the quality level.</summary>
public readonly record struct BatchKey(ModelId Model, int Width, int Height, int Frames, int Steps, bool Guided, string Quality)
{
    /// <param name="job">The job.</param>
    /// <param name="served">The model that serves it, which may be lighter than the one asked for.</param>
    public static BatchKey Of(JobView job, ModelId served) => new(served, job.Width, job.Height, job.Frames, job.Steps, job.Guided, job.Quality);

    /// <summary>Of the figures, and of how long the words are: kinds of jobs differ in their shapes far more than in words of one length.</summary>
    public override int GetHashCode()
    {
        var hash = unchecked((((((((uint)Width * 397) + (uint)Height) * 397) + (uint)Frames) * 397) + (uint)Steps) * 397);
        return unchecked((int)((hash + (uint)(Model.Name?.Length ?? 0) + ((uint)(Quality?.Length ?? 0) * 31) + (Guided ? 1u : 0)) * 2654435761u));
    }

    /// <summary>Width x height x frames.</summary>
    public double Pixels => (double)Width * Height * Frames;
}

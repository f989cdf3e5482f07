namespace LoadLab.Serving.Profiles;

/// <summary>What a service time depends on besides model and batch: pixels, frames, denoise steps and whether each step runs a second, unconditional forward.</summary>
public readonly record struct Shape(int Width, int Height, int Frames, int Steps, bool Guided)
{
    /// <summary>Width x height x frames x steps: the unit of a law.</summary>
    public double Units => (double)Width * Height * Frames * Steps;

    /// <summary>Width x height x frames.</summary>
    public double Pixels => (double)Width * Height * Frames;

    /// <summary>Model evaluations of one job: two a step when guided.</summary>
    public double Forwards => Guided ? 2.0 * Steps : Steps;

    public override string ToString() => $"{Width}x{Height}, {Frames} frames, {Steps} steps{(Guided ? "" : ", unguided")}";
}

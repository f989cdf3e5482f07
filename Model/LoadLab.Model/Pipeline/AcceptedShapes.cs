using System.Globalization;

namespace LoadLab.Model.Pipeline;

/// <summary>The sizes, frame counts and steps a model accepts. Nothing is rescaled: what is not accepted is refused with this list.</summary>
public sealed record AcceptedShapes
{
    /// <summary>Exact (width, height) pairs; empty when any multiple within the bounds is accepted.</summary>
    public IReadOnlyList<(int Width, int Height)> Sizes { get; init; } = [];

    /// <summary>Width and height are multiples of this many pixels.</summary>
    public required int Multiple { get; init; }

    public required int MinSide { get; init; }

    public required int MaxSide { get; init; }

    /// <summary>Largest frame count, of the form 4n+1; the smallest is 1.</summary>
    public required int MaxFrames { get; init; }

    public required int MaxSteps { get; init; }

    /// <summary>Size in words, for messages and listings.</summary>
    public string SizeText => Sizes.Count > 0
        ? string.Join(", ", Sizes.Select(size => $"{size.Width}x{size.Height}"))
        : $"width and height multiples of {Multiple} from {MinSide} to {MaxSide}";

    public string FramesText => $"4n+1 from 1 to {MaxFrames}";

    public string StepsText => $"1 to {MaxSteps}";

    /// <summary>Every field that is not accepted; empty when the shape is.</summary>
    public IReadOnlyList<ShapeProblem> Check(JobShape shape)
    {
        var problems = new List<ShapeProblem>();
        var size = (shape.Width, shape.Height);
        if (Sizes.Count > 0 ? !Sizes.Contains(size) : !IsSide(shape.Width) || !IsSide(shape.Height))
        {
            problems.Add(new ShapeProblem("size", $"{shape.Width}x{shape.Height}", SizeText));
        }

        if (shape.Frames < 1 || shape.Frames > MaxFrames || shape.Frames % 4 != 1)
        {
            problems.Add(new ShapeProblem("frames", Text(shape.Frames), FramesText));
        }

        if (shape.Steps < 1 || shape.Steps > MaxSteps)
        {
            problems.Add(new ShapeProblem("steps", Text(shape.Steps), StepsText));
        }

        if (shape.Shift is { } shift && !(shift > 0 && shift <= 100))
        {
            problems.Add(new ShapeProblem("shift", shift.ToString(CultureInfo.InvariantCulture), "above 0, at most 100"));
        }

        return problems;
    }

    private bool IsSide(int pixels) => pixels >= MinSide && pixels <= MaxSide && pixels % Multiple == 0;

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

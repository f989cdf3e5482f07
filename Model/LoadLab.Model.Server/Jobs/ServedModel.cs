using System.Globalization;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// What the server says about its model: the shapes it accepts and what it fills in when a request does not say. Nothing outside is rescaled: it is refused with this list.
/// </summary>
internal sealed record ServedModel
{
    public required string Name { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Frames { get; init; }

    public required int Steps { get; init; }

    public required double Guidance { get; init; }

    public required int FramesPerSecond { get; init; }

    /// <summary>Width and height are multiples of this.</summary>
    public required int SizeMultiple { get; init; }

    /// <summary>Largest width and largest height.</summary>
    public required int MaxSide { get; init; }

    /// <summary>Frames are 4n+1 up to this.</summary>
    public required int MaxFrames { get; init; }

    public required int MaxSteps { get; init; }

    /// <summary>The only sizes, for a model trained on few; empty = any within the bounds.</summary>
    public IReadOnlyList<(int Width, int Height)> Sizes { get; init; } = [];

    public bool AcceptsSize(int width, int height) =>
        Sizes.Count > 0
            ? Sizes.Contains((width, height))
            : width % SizeMultiple == 0 && height % SizeMultiple == 0 && width >= SizeMultiple && height >= SizeMultiple && width <= MaxSide && height <= MaxSide;

    public bool AcceptsFrames(int frames) => frames >= 1 && frames <= MaxFrames && frames % 4 == 1;

    public bool AcceptsSteps(int steps) => steps >= 1 && steps <= MaxSteps;

    /// <summary>The number of frames of a clip that lasts at least <paramref name="frames"/> frames: the next 4n+1. A millionth of a group is rounding, not time.</summary>
    public static int FramesFor(double frames) => checked((4 * (int)Math.Ceiling((Math.Max(0, frames - 1) / 4) - 1e-6)) + 1);

    /// <summary>The accepted shapes, a line each, for the answer to a request outside them.</summary>
    public IReadOnlyList<string> AcceptedShapes =>
    [
        Sizes.Count > 0
            ? "size " + string.Join(" or ", Sizes.Select(size => $"{size.Width}x{size.Height}"))
            : string.Create(CultureInfo.InvariantCulture, $"size WxH, both multiples of {SizeMultiple} from {SizeMultiple} to {MaxSide}, for example {Width}x{Height}"),
        string.Create(CultureInfo.InvariantCulture, $"num_frames 4n+1 from 1 to {MaxFrames}, for example {Frames}"),
        string.Create(CultureInfo.InvariantCulture, $"num_inference_steps from 1 to {MaxSteps}, for example {Steps}"),
    ];
}

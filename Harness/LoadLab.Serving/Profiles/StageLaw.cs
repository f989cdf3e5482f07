using System.Globalization;
using System.Text.Json.Serialization;

namespace LoadLab.Serving.Profiles;

/// <summary>
/// Seconds of a batch by stage, for shapes that were not measured: text a constant; denoise = steps x forwards x (fixed + a tokens + b tokens²), two forwards when guided;
/// decode = fixed + c pixels; each times the factor of the batch. It answers inside its <see cref="Range"/> and nowhere else.
/// </summary>
public sealed record StageLaw
{
    public required string Model { get; init; }

    /// <summary>As of <see cref="ServiceEntry.Gpu"/>.</summary>
    public string Gpu { get; set; } = "";

    /// <summary>As of <see cref="ServiceEntry.Gpus"/>.</summary>
    public int Gpus { get; set; } = 1;

    /// <summary>Pixels on a side of one token: 32 for Wan2.2 TI2V-5B, 16 for A14B (its VAE's stride times the patch). In time a token is one frame and then four each.</summary>
    public int TokenPixels { get; set; } = 32;

    /// <summary>Seconds of text encoding of one job whose prompt was not kept.</summary>
    public required double TextS { get; init; }

    /// <summary>Seconds of one forward that do not grow with the tokens.</summary>
    public required double StepFixedS { get; init; }

    /// <summary>Seconds of one forward for a token.</summary>
    public required double StepPerTokenS { get; init; }

    /// <summary>Seconds of one forward for a pair of tokens: attention.</summary>
    public required double StepPerTokenSquaredS { get; init; }

    public required double DecodeFixedS { get; init; }

    /// <summary>Seconds of decoding for a pixel of a frame.</summary>
    public required double DecodePerPixelS { get; init; }

    /// <summary>Whether the runs told the stages; without, the law tells the whole alone.</summary>
    public bool Split { get; set; } = true;

    /// <summary>What a batch takes, in ascending order of its size; the first is of 1. Between two sizes a straight line; without any, as many times as it has jobs.</summary>
    public IReadOnlyList<BatchFactor> Batches { get; set; } = [];

    public required LawRange Range { get; init; }

    /// <summary>Completed calls behind it; 0 for a published law.</summary>
    public int Calls { get; set; }

    /// <summary>Measured (shape, batch) cells behind it.</summary>
    public int Cells { get; set; }

    /// <summary>Mean absolute relative error over the cells that it was fitted to, those measured often where there are any.</summary>
    public double? Error { get; init; }

    /// <summary>The same over cells left out one after the other, where the law without the cell covers its shape.</summary>
    public double? HeldOutError { get; init; }

    /// <summary>As of <see cref="SampledTime.Ratios"/>: of single batches about the mean of their cell.</summary>
    public IReadOnlyList<double> Ratios { get; set; } = [];

    /// <summary>Tokens of a job: ((frames - 1) / 4 + 1) x width x height of the token grid (specification of Wan2.2, latent shape and patch).</summary>
    public double TokensOf(Shape shape) => TokensOf(shape, TokenPixels);

    public static double TokensOf(Shape shape, int tokenPixels) => (((shape.Frames - 1) / 4) + 1) * ((double)shape.Width / tokenPixels) * ((double)shape.Height / tokenPixels);

    /// <summary>Pixels on a side of a token of a model, by its name: 32 for those of the 5B, 16 for the other Wan models.</summary>
    public static int TokenPixelsOf(string model) => model.Contains("5b", StringComparison.OrdinalIgnoreCase) ? 32 : 16;

    /// <summary>Null outside the range.</summary>
    public ServiceTime? Of(Shape shape, int batch) => Range.Problem(this, shape, batch) is null && Unbounded(shape, batch) is { Whole.MeanS: > 0 } time ? time : null;

    /// <summary>What the formula gives wherever it is asked, to judge a measured time by; a batch past the measured sizes grows with its jobs.</summary>
    public ServiceTime Unbounded(Shape shape, int batch)
    {
        var (factor, tokens) = (FactorOf(batch), TokensOf(shape));
        var text = TextS * factor.Text;
        var denoise = shape.Forwards * (StepFixedS + (StepPerTokenS * tokens) + (StepPerTokenSquaredS * tokens * tokens)) * factor.Denoise;
        var decode = (DecodeFixedS + (DecodePerPixelS * shape.Pixels)) * factor.Decode;
        var whole = text + denoise + decode;
        return new ServiceTime(new SampledTime { MeanS = whole, Ratios = Ratios }, Split && whole > 0 ? text / whole : null, Split && whole > 0 ? denoise / whole : null);
    }

    /// <summary>A straight line between two measured sizes; past them in proportion to the jobs.</summary>
    private BatchFactor FactorOf(int batch)
    {
        var upper = Batches.FirstOrDefault(factor => factor.Batch >= batch);
        var lower = Batches.LastOrDefault(factor => factor.Batch <= batch);
        if (upper is null || lower is null)
        {
            var end = upper ?? lower ?? new BatchFactor { Batch = 1, Text = 1, Denoise = 1, Decode = 1 };
            var jobs = (double)batch / end.Batch;
            return new BatchFactor { Batch = batch, Text = end.Text * jobs, Denoise = end.Denoise * jobs, Decode = end.Decode * jobs };
        }

        var share = upper.Batch == lower.Batch ? 0 : (double)(batch - lower.Batch) / (upper.Batch - lower.Batch);
        double Between(double a, double b) => a + ((b - a) * share);
        return new BatchFactor { Batch = batch, Text = Between(lower.Text, upper.Text), Denoise = Between(lower.Denoise, upper.Denoise), Decode = Between(lower.Decode, upper.Decode) };
    }
}

/// <summary>How many times a single job's time a batch takes, by stage.</summary>
public sealed record BatchFactor
{
    public required int Batch { get; init; }

    public required double Text { get; init; }

    public required double Denoise { get; init; }

    public required double Decode { get; init; }
}

/// <summary>Where a law was measured, both ends included.</summary>
public sealed record LawRange
{
    public required Bounds Tokens { get; init; }

    public required Bounds Steps { get; init; }

    public required Bounds Frames { get; init; }

    public required Bounds Batch { get; init; }

    /// <summary>What lies outside, as "tokens 7200 outside 45..180"; null when nothing does.</summary>
    public string? Problem(StageLaw law, Shape shape, int batch)
    {
        (string Name, double Value, Bounds Bounds)[] all = [("tokens", law.TokensOf(shape), Tokens), ("steps", shape.Steps, Steps), ("frames", shape.Frames, Frames), ("batch", batch, Batch)];
        var outside = all.Where(side => !side.Bounds.Contains(side.Value)).Select(side => string.Create(CultureInfo.InvariantCulture, $"{side.Name} {side.Value:0.##} outside {side.Bounds}")).ToList();
        return outside.Count == 0 ? null : string.Join(", ", outside);
    }

    public override string ToString() => $"tokens {Tokens}, steps {Steps}, frames {Frames}, batch {Batch}";
}

/// <summary>A closed interval, written 4..16.</summary>
public readonly record struct Bounds(double Low, double High)
{
    private const double Slack = 1e-9;

    public static Bounds Of(IEnumerable<double> values)
    {
        var all = values.ToList();
        return new Bounds(all.Min(), all.Max());
    }

    public bool Contains(double value) => value >= Low - (Slack * Math.Abs(Low)) && value <= High + (Slack * Math.Abs(High));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Low:R}..{High:R}");
}

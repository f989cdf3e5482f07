using LoadLab.Core;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Tests;

/// <summary>A device whose law is known: what a calibration should find.</summary>
internal sealed record SyntheticDevice
{
    public const string Model = "wan2.2-ti2v-5b-nano";

    public double TextS { get; init; } = 0.04;

    /// <summary>Fixed, per token and per token squared, of one forward.</summary>
    public (double Fixed, double Token, double Square) Step { get; init; } = (0.002, 8e-5, 2e-7);

    public (double Fixed, double Pixel) Decode { get; init; } = (0.01, 3e-7);

    /// <summary>A batch of n takes (1 - x + x n) times a single job's time.</summary>
    public double BatchSlope { get; init; } = 0.9;

    /// <summary>Coefficient of variation of single times, lognormal.</summary>
    public double Scatter { get; init; }

    /// <summary>Standard deviation of what a cell has beside the law, its own for ever.</summary>
    public double Misfit { get; init; }

    public double OutlierShare { get; init; }

    public double OutlierFactor { get; init; } = 10;

    public Seed Seed { get; init; } = new(1);

    public static Shape[] Shapes { get; } =
    [
        new(64, 64, 5, 4, true), new(96, 64, 9, 4, true), new(160, 96, 9, 8, true), new(160, 96, 17, 8, true), new(256, 160, 9, 8, true), new(256, 160, 17, 16, true),
    ];

    public (double Text, double Denoise, double Decode) Stages(Shape shape, int batch)
    {
        var tokens = StageLaw.TokensOf(shape, 32);
        var factor = 1 - BatchSlope + (BatchSlope * batch);
        var own = Math.Exp(Misfit * Seed.Derive($"{shape} x {batch}").Stream("misfit").NextNormal());
        return (TextS * factor * own, shape.Forwards * (Step.Fixed + (Step.Token * tokens) + (Step.Square * tokens * tokens)) * factor * own, (Decode.Fixed + (Decode.Pixel * shape.Pixels)) * factor * own);
    }

    public double Mean(Shape shape, int batch) => Stages(shape, batch) is var (text, denoise, decode) ? text + denoise + decode : 0;

    /// <summary>Measured batches of one cell, at made-up instants.</summary>
    public IEnumerable<MeasuredBatch> Measure(Shape shape, int batch, int times, string draw = "", int run = 0)
    {
        var draws = Seed.Derive($"{shape} x {batch} {draw}").Stream("times");
        var (text, denoise, decode) = Stages(shape, batch);
        var sigma = Math.Sqrt(Math.Log(1 + (Scatter * Scatter)));
        for (var i = 0; i < times; i++)
        {
            var ratio = Math.Exp((sigma * draws.NextNormal()) - (sigma * sigma / 2)) * (draws.NextDouble() < OutlierShare ? OutlierFactor : 1);
            var started = Instant.FromSeconds(i * 100);
            yield return new MeasuredBatch
            {
                Run = run,
                Replica = 0,
                Model = Model,
                Shape = shape,
                Size = batch,
                Started = started,
                Ended = started + Duration.FromSeconds((text + denoise + decode) * ratio),
                Text = text * ratio,
                Denoise = denoise * ratio,
                Decode = decode * ratio,
            };
        }
    }

    /// <summary>Every shape in batches of 1 up to a size.</summary>
    public List<MeasuredBatch> MeasureAll(int maxBatch, int times, string draw = "") =>
        [.. Shapes.SelectMany(shape => Enumerable.Range(1, maxBatch).SelectMany(batch => Measure(shape, batch, times, draw)))];

    /// <summary>The profile that tells its means exactly.</summary>
    public ServiceProfile Truth(int maxBatch, IReadOnlyList<double>? ratios = null) => new()
    {
        Name = "truth",
        Device = "synthetic",
        Evidence = "published",
        Services =
        [
            .. from shape in Shapes
               from batch in Enumerable.Range(1, maxBatch)
               let stages = Stages(shape, batch)
               select new ServiceEntry
               {
                   Model = Model,
                   Width = shape.Width,
                   Height = shape.Height,
                   Frames = shape.Frames,
                   Steps = shape.Steps,
                   Guided = shape.Guided,
                   Batch = batch,
                   Whole = new SampledTime { MeanS = Mean(shape, batch), Ratios = ratios ?? [] },
                   Text = new SampledTime { MeanS = stages.Text },
                   Denoise = new SampledTime { MeanS = stages.Denoise },
                   Decode = new SampledTime { MeanS = stages.Decode },
               },
        ],
    };
}

using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

/// <summary>Schedules and profiles written by hand.</summary>
internal static class Fixtures
{
    public const string Model = "test-model";

    public static Shape Shape { get; } = new(160, 96, 9, 8, true);

    public static ScheduledCall Call(int index, double atSeconds) => new()
    {
        Index = index,
        Intended = Instant.FromSeconds(atSeconds),
        Model = Model,
        Width = Shape.Width,
        Height = Shape.Height,
        Frames = Shape.Frames,
        Steps = Shape.Steps,
        PromptHash = "00112233aabbccdd",
    };

    public static Schedule Schedule(double lengthSeconds, params double[] atSeconds) =>
        Of(lengthSeconds, [.. atSeconds.Select((at, index) => Call(index, at))]);

    public static Schedule Of(double lengthSeconds, IReadOnlyList<ScheduledCall> calls) =>
        new(Duration.FromSeconds(lengthSeconds), calls, [.. calls.Select(_ => "")]);

    public static Schedule Poisson(double ratePerSecond, int calls, Seed seed)
    {
        var gaps = seed.Stream("arrivals");
        var at = 0.0;
        var all = new ScheduledCall[calls];
        for (var i = 0; i < calls; i++)
        {
            at += gaps.NextExponential() / ratePerSecond;
            all[i] = Call(i, at);
        }

        return Of(at, all);
    }

    /// <summary>A batch takes 2 s: 0.1 text, 1.6 denoise, 0.3 decode; a cold start takes 10 s.</summary>
    public static ServiceProfile Profile(double wholeSeconds = 2, double coldStartSeconds = 10, IReadOnlyList<double>? ratios = null) => new()
    {
        Name = "test",
        Device = "nobody's",
        Evidence = "published",
        Services =
        [
            new ServiceEntry
            {
                Model = Model,
                Width = Shape.Width,
                Height = Shape.Height,
                Frames = Shape.Frames,
                Steps = Shape.Steps,
                Whole = new SampledTime { MeanS = wholeSeconds, Ratios = ratios ?? [] },
                Text = new SampledTime { MeanS = wholeSeconds * 0.05 },
                Denoise = new SampledTime { MeanS = wholeSeconds * 0.8 },
                Decode = new SampledTime { MeanS = wholeSeconds * 0.15 },
            },
        ],
        ColdStart = new SampledTime { MeanS = coldStartSeconds },
    };

    /// <summary>Ratios of an exponential time: the exact means of equal slices of probability, so that mean and nearly the variance are the law's.</summary>
    public static double[] Exponential(int slices)
    {
        // Integral of -ln(1-u): (1-u) ln(1-u) + u.
        double Upto(double u) => u >= 1 ? 1 : ((1 - u) * Math.Log(1 - u)) + u;
        return [.. Enumerable.Range(0, slices).Select(i => slices * (Upto((i + 1.0) / slices) - Upto((double)i / slices)))];
    }
}

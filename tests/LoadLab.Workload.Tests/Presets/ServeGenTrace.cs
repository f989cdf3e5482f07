using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload.Tests;

/// <summary>
/// ServeGen's rates: for each client and ten minutes a rate and a fitted family of gaps. Arrivals below ten minutes are not in it; the source makes them by drawing gaps from
/// the family and stretching them so that rate x 600 of them fill the window.
/// </summary>
internal sealed class ServeGenTrace
{
    private const int Windows = 2016;
    private const int Seconds = 600;
    private const int Every = 200;
    private const int Step = 97;
    private const long MaxBytes = 64L << 20;

    private readonly ILookup<int, (double Rate, string Family, double Shape)> _clients;

    private ServeGenTrace(ILookup<int, (double Rate, string Family, double Shape)> clients)
    {
        _clients = clients;
        Rates = [.. Enumerable.Range(0, Windows).Select(window => clients[window].Sum(client => client.Rate))];
    }

    /// <summary>Calls per second in each window; 0 where data are missing.</summary>
    public double[] Rates { get; }

    public static ServeGenTrace Read(string file) => new(Lines(file).ToLookup(
        cells => (int)(Number(cells[0]) / Seconds),
        cells => (Number(cells[2]), cells[4], Number(cells[5]))));

    public static IEnumerable<string[]> Lines(string file) =>
        GzipText.Read(file, MaxBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','));

    /// <summary>Some windows, made the source's way: the counts of each second, and the gaps.</summary>
    public IEnumerable<(double[] Counts, double GapCv)> Sample()
    {
        for (var window = 0; window < Windows; window += Every)
        {
            if (Rates[window] > 0)
            {
                var times = _clients[window].SelectMany((client, number) => Arrivals(client, new RandomStream(new Seed((ulong)window).Derive(number)))).ToArray();
                Array.Sort(times);
                yield return (Figures.Counts(times, 1, Seconds), Figures.GapCv(times));
            }
        }
    }

    /// <summary>One window of a drawn rate, another for each seed, played by a process: counts between the expected counts at the ends of each second.</summary>
    public static IEnumerable<(double[] Counts, double GapCv)> Sample(RateCurve curve, ArrivalProcess process, Seed seed)
    {
        var from = (int)(seed.Value * Step % Windows) * Seconds;
        var start = curve.Integral(from);
        var ends = Enumerable.Range(1, Seconds).Select(second => curve.Integral(from + second) - start).ToArray();
        var counts = new double[Seconds];
        var gaps = new List<double>();
        var (second, before) = (0, 0.0);
        foreach (var count in process.Counts(seed.Stream("window")).TakeWhile(count => count < ends[^1]))
        {
            while (count >= ends[second])
            {
                second++;
            }

            counts[second]++;
            gaps.Add(count - before);
            before = count;
        }

        yield return (counts, Math.Sqrt(Figures.Variance(gaps)) / gaps.Average());
    }

    private static double[] Arrivals((double Rate, string Family, double Shape) client, RandomStream chance)
    {
        var at = 0.0;
        var times = new double[(int)Math.Round(client.Rate * Seconds)];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = at += client.Family == "Gamma" ? chance.NextGamma(client.Shape) : Math.Pow(chance.NextExponential(), 1 / client.Shape);
        }

        for (var i = 0; i < times.Length; i++)
        {
            times[i] *= Seconds / at;
        }

        return times;
    }

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
}

/// <summary>What sampled windows of seconds say: the variance inside a window from the samples, that between windows from the rates of all of them.</summary>
internal sealed record Fine(double GapCv, double FanoSecond, double FanoMinute)
{
    public static Fine Of(IEnumerable<(double[] Counts, double GapCv)> sample, IReadOnlyList<double> rates)
    {
        var windows = sample.ToArray();
        var known = rates.Where(rate => rate > 0).ToArray();
        var (mean, between) = (known.Average(), Figures.Variance(known));
        return new Fine(
            Math.Sqrt(windows.Average(window => window.GapCv * window.GapCv)),
            (Inside(1) + between) / mean,
            (Inside(60) + (between * 3600)) / (mean * 60));

        double Inside(int seconds) => windows.Average(window => Unbiased(Figures.Coarser(window.Counts, seconds)));
    }

    private static double Unbiased(double[] counts) => Figures.Variance(counts) * counts.Length / (counts.Length - 1);
}

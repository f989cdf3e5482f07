using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>One measured value.</summary>
/// <param name="At">When it was read, on the run's clock.</param>
/// <param name="Source">host, cgroup, engine, server, gpuN, replicaN or remote.</param>
/// <param name="Metric">For example cpu.util.</param>
/// <param name="Unit">For example share, bytes, W.</param>
public readonly record struct Sample(Instant At, string Source, string Metric, string Unit, double Value);

/// <summary>Appends rows to samples.csv; a batch of rows is handed to the operating system with each call. Thread-safe.</summary>
public sealed class SamplesWriter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;

    public SamplesWriter(string path)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        _file.Write("t_s,source,metric,unit,value\n"u8);
    }

    public void Write(IReadOnlyList<Sample> samples)
    {
        var text = new StringBuilder();
        foreach (var sample in samples)
        {
            text.Append(Csv.Line(sample.At.ToString(), sample.Source, sample.Metric, sample.Unit, Csv.Text(sample.Value)));
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        lock (_gate)
        {
            _file.Write(bytes);
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>The rows of samples.csv and server-samples.csv.</summary>
public static class SamplesFile
{
    public const string Name = "samples.csv";
    public const string ServerName = "server-samples.csv";
    private const long MaxBytes = 2L << 30;

    public static IReadOnlyList<Sample> Read(string path) => Parse(GzipText.Read(path, MaxBytes), path);

    internal static IReadOnlyList<Sample> Parse(string text, string file)
    {
        var table = CsvTable.Parse(text, file, "t_s", "source", "metric", "unit", "value");
        return
        [
            .. table.Rows.Select(row => new Sample(
                row.At("t_s") ?? throw row.Bad("t_s", "a time"),
                row.Text("source"),
                row.Text("metric"),
                row.Text("unit"),
                row.Number("value") ?? throw row.Bad("value", "a number"))),
        ];
    }

    /// <summary>One metric of one source as a series, in file order.</summary>
    public static Series Series(IEnumerable<Sample> samples, string source, string metric)
    {
        var chosen = samples.Where(sample => sample.Source == source && sample.Metric == metric).ToList();
        return new Series($"{source} {metric}", chosen.Count > 0 ? chosen[0].Unit : "", [.. chosen.Select(sample => sample.At.Seconds)], [.. chosen.Select(sample => sample.Value)]);
    }
}

using System.IO.Compression;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Writes any trace in LoadLab's own form: what an import leaves behind.</summary>
public static class TraceWriter
{
    private static readonly (string Name, Func<TraceJob, string?> Value)[] s_columns =
    [
        ("width", job => Csv.Text(job.Width)),
        ("height", job => Csv.Text(job.Height)),
        ("frames", job => Csv.Text(job.Frames)),
        ("steps", job => Csv.Text(job.Steps)),
        ("guidance", job => Csv.Text(job.Guidance)),
        ("quality", job => job.Quality),
        ("tier", job => job.Tier),
        ("tenant", job => job.Tenant),
        ("model", job => job.Model),
        ("prompt", job => job.Prompt),
        ("call_seed", job => Csv.Text(job.CallSeed)),
        ("deadline_s", job => Csv.Text(job.Deadline)),
        ("patience_ns", job => Csv.Text(job.Patience?.Nanoseconds)),
    ];

    /// <summary>Replaces the file whole, never half; gzip when its name ends in .gz. Columns that no row fills are left out, and outputs per request have none: a call is one clip.</summary>
    public static void Write(string path, Trace trace) => WholeFile.Write((path, file => Write(file, path, trace.Rows)));

    /// <summary>The trace and, beside it, where it comes from: both or neither.</summary>
    public static void Write(string path, Trace trace, TraceOrigin origin) => WholeFile.Write(
        (path, file => Write(file, path, trace.Rows)),
        (TraceOrigin.PathOf(path), file => file.Write(Encoding.UTF8.GetBytes(origin.ToJson()))));

    private static void Write(Stream file, string path, IReadOnlyList<TraceRow> rows)
    {
        using var text = new StreamWriter(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Optimal) : file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var columns = s_columns.Where(column => rows.Any(row => row.Job is { } job && column.Value(job) is { Length: > 0 })).ToArray();
        text.Write(Csv.Line(["arrival_s", .. columns.Select(column => column.Name)]));
        foreach (var row in rows)
        {
            text.Write(Csv.Line([new Instant(row.ArrivalNs).ToString(), .. columns.Select(column => row.Job is { } job ? column.Value(job) ?? "" : "")]));
        }
    }
}

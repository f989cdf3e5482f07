using System.IO.Compression;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Writes any trace in LoadLab's own form: what an import leaves behind.</summary>
public static class TraceWriter
{
    /// <summary>Replaces the file; gzip when its name ends in .gz. Outputs per request have no column: a call is one clip.</summary>
    public static void Write(string path, Trace trace)
    {
        using Stream file = new FileStream(path, FileMode.Create, FileAccess.Write);
        using var text = new StreamWriter(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Optimal) : file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var jobs = trace.HasJobs;
        text.Write(jobs ? "arrival_s,width,height,frames,steps,tier,tenant,model,prompt\n" : "arrival_s\n");
        foreach (var row in trace.Rows)
        {
            var at = new Instant(row.ArrivalNs).ToString();
            text.Write(jobs ? Line(at, row.Job ?? new TraceJob()) : Csv.Line(at));
        }
    }

    private static string Line(string at, TraceJob job) =>
        Csv.Line(at, Csv.Text(job.Width), Csv.Text(job.Height), Csv.Text(job.Frames), Csv.Text(job.Steps), job.Tier ?? "", job.Tenant ?? "", job.Model ?? "", job.Prompt ?? "");
}

using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace LoadLab.Core.Runs;

/// <summary>Writes and reads schedule.csv.gz. The hash of a schedule is the SHA-256 of its canonical lines, header included, before compression.</summary>
public static class ScheduleFile
{
    public const string Name = "schedule.csv.gz";
    private const long MaxBytes = 2L << 30;
    private const string Header = "index,intended_ns,tenant,tier,model,width,height,frames,steps,guidance,quality,call_seed,deadline_ns,patience_ns,prompt_hash\n";

    /// <summary>Lower-case hex SHA-256.</summary>
    public static string Hash(IEnumerable<ScheduledCall> calls)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(Header));
        foreach (var call in calls)
        {
            sha.AppendData(Encoding.UTF8.GetBytes(Line(call)));
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    public static void Write(string path, IEnumerable<ScheduledCall> calls)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using var gzip = new GZipStream(file, CompressionLevel.Optimal);
        gzip.Write(Encoding.UTF8.GetBytes(Header));
        foreach (var call in calls)
        {
            gzip.Write(Encoding.UTF8.GetBytes(Line(call)));
        }
    }

    /// <summary>Throws <see cref="InputException"/> naming file and line for a damaged file.</summary>
    public static IReadOnlyList<ScheduledCall> Read(string path)
    {
        var table = CsvTable.Parse(GzipText.Read(path, MaxBytes), path, "index", "intended_ns", "prompt_hash");
        return [.. table.Rows.Select(Call)];
    }

    private static ScheduledCall Call(CsvTable.Row row) => new()
    {
        Index = (int)(row.Integer("index") ?? throw row.Bad("index", "a whole number")),
        Intended = new Instant(row.Integer("intended_ns") ?? throw row.Bad("intended_ns", "nanoseconds")),
        Tenant = row.Text("tenant"),
        Tier = row.Text("tier"),
        Model = row.Text("model"),
        Width = (int)(row.Integer("width") ?? 0),
        Height = (int)(row.Integer("height") ?? 0),
        Frames = (int)(row.Integer("frames") ?? 0),
        Steps = (int)(row.Integer("steps") ?? 0),
        Guidance = row.Number("guidance"),
        Quality = row.Text("quality"),
        CallSeed = row.Integer("call_seed") ?? 0,
        Deadline = row.Integer("deadline_ns") is { } deadline ? new Duration(deadline) : null,
        Patience = row.Integer("patience_ns") is { } patience ? new Duration(patience) : null,
        PromptHash = row.Text("prompt_hash"),
    };

    private static string Line(ScheduledCall call) => Csv.Line(
        Csv.Text(call.Index),
        Csv.Text(call.Intended.Nanoseconds),
        call.Tenant,
        call.Tier,
        call.Model,
        Csv.Text(call.Width),
        Csv.Text(call.Height),
        Csv.Text(call.Frames),
        Csv.Text(call.Steps),
        Csv.Text(call.Guidance),
        call.Quality,
        Csv.Text(call.CallSeed),
        Csv.Text(call.Deadline?.Nanoseconds),
        Csv.Text(call.Patience?.Nanoseconds),
        call.PromptHash);
}

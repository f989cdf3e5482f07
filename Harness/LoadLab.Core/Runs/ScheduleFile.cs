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
    public static IReadOnlyList<ScheduledCall> Read(string path) => Parse(GzipText.Read(path, MaxBytes), path);

    internal static IReadOnlyList<ScheduledCall> Parse(string text, string file)
    {
        var table = CsvTable.Parse(text, file, "index", "intended_ns", "prompt_hash");
        var calls = new List<ScheduledCall>(table.Rows.Count);
        foreach (var row in table.Rows)
        {
            var call = Call(row);
            if (call.Index != calls.Count)
            {
                throw row.Bad("index", $"{calls.Count}, its place in the file");
            }

            if (calls.Count > 0 && call.Intended < calls[^1].Intended)
            {
                throw row.Bad("intended_ns", "in order of time");
            }

            calls.Add(call);
        }

        return calls;
    }

    private static ScheduledCall Call(CsvTable.Row row) => new()
    {
        Index = row.Count("index") ?? throw row.Bad("index", "a whole number from 0"),
        Intended = new Instant(row.Integer("intended_ns") ?? throw row.Bad("intended_ns", "nanoseconds")),
        Tenant = row.Text("tenant"),
        Tier = row.Text("tier"),
        Model = row.Text("model"),
        Width = row.Count("width") ?? 0,
        Height = row.Count("height") ?? 0,
        Frames = row.Count("frames") ?? 0,
        Steps = row.Count("steps") ?? 0,
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

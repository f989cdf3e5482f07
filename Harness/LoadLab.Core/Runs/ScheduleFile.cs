using System.IO.Compression;
using System.Security.Cryptography;

namespace LoadLab.Core.Runs;

/// <summary>
/// Writes and reads schedule.csv.gz. The hash of a schedule is the SHA-256 of its canonical lines, header included, before compression.
/// A closed loop has no intended times: its lines leave them empty and end with one column more, the think time after the call.
/// </summary>
public static class ScheduleFile
{
    public const string Name = "schedule.csv.gz";
    private const long MaxBytes = 2L << 30;
    private const string Header = "index,intended_ns,tenant,tier,model,width,height,frames,steps,guidance,quality,call_seed,deadline_ns,patience_ns,prompt_hash";
    private const string ThinkColumn = ",think_ns";

    /// <summary>Lower-case hex SHA-256.</summary>
    public static string Hash(IEnumerable<ScheduledCall> calls)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        WriteLines(calls, sha.AppendData);
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    public static void Write(string path, IEnumerable<ScheduledCall> calls)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using var gzip = new GZipStream(file, CompressionLevel.Optimal);
        WriteLines(calls, gzip.Write);
    }

    /// <summary>Throws <see cref="InputException"/> naming file and line for a damaged file.</summary>
    public static IReadOnlyList<ScheduledCall> Read(string path) => Parse(GzipText.Read(path, MaxBytes), path);

    internal static IReadOnlyList<ScheduledCall> Parse(string text, string file)
    {
        var table = CsvTable.Parse(text, file, "index", "intended_ns", "prompt_hash");
        var calls = new List<ScheduledCall>();
        foreach (var row in table.Rows)
        {
            var call = Call(row);
            if (call.Index != calls.Count)
            {
                throw row.Bad("index", $"{calls.Count}, its place in the file");
            }

            if (call.Think is null && calls.Count > 0 && call.Intended < calls[^1].Intended)
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
        Intended = new Instant(row.Integer("intended_ns") ?? (Think(row) is null ? throw row.Bad("intended_ns", "nanoseconds") : 0)),
        Think = Think(row),
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
        PromptHash = Hash(row),
    };

    private static Duration? Think(CsvTable.Row row) => row.Integer("think_ns") is { } think ? new Duration(think) : null;

    private static string Hash(CsvTable.Row row)
    {
        var hash = row.Text("prompt_hash");
        return hash.Length is 0 or 16 && hash.AsSpan().IndexOfAnyExcept(s_hexDigits) < 0 ? hash : throw row.Bad("prompt_hash", "sixteen hex digits");
    }

    private static readonly System.Buffers.SearchValues<char> s_hexDigits = System.Buffers.SearchValues.Create("0123456789abcdef");

    private static void WriteLines(IEnumerable<ScheduledCall> calls, Action<ReadOnlySpan<byte>> take)
    {
        var lines = new CsvBytes(take);
        var (closed, first) = (false, true);
        foreach (var call in calls)
        {
            if (first)
            {
                (closed, first) = (call.Think is not null, false);
                lines.Raw(Header).Raw(closed ? ThinkColumn : "").End();
            }

            Write(lines, call);
            if (closed)
            {
                lines.Field(call.Think?.Nanoseconds);
            }

            lines.End();
        }

        if (first)
        {
            lines.Raw(Header).End();
        }

        lines.Flush();
    }

    private static void Write(CsvBytes line, ScheduledCall call) => line
        .Field(call.Index)
        .Field(call.Think is null ? call.Intended.Nanoseconds : null)
        .Field(call.Tenant)
        .Field(call.Tier)
        .Field(call.Model)
        .Field(call.Width)
        .Field(call.Height)
        .Field(call.Frames)
        .Field(call.Steps)
        .Field(call.Guidance)
        .Field(call.Quality)
        .Field(call.CallSeed)
        .Field(call.Deadline?.Nanoseconds)
        .Field(call.Patience?.Nanoseconds)
        .Field(call.PromptHash);
}

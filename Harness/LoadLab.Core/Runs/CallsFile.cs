using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>Appends rows to calls.csv; each row is handed to the operating system as it is written, so that a killed process loses none. Thread-safe.</summary>
public sealed class CallsWriter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;

    public CallsWriter(string path)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        _file.Write(Encoding.UTF8.GetBytes(CallsFile.Header));
    }

    public void Write(CallRecord call)
    {
        var line = Encoding.UTF8.GetBytes(CallsFile.Line(call));
        lock (_gate)
        {
            _file.Write(line);
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>The rows of calls.csv.</summary>
public static class CallsFile
{
    public const string Name = "calls.csv";
    private const long MaxBytes = 2L << 30;

    internal const string Header =
        "call,intended_s,sent_s,connect_s,accepted_s,queued_s,started_s,text_end_s,denoise_end_s,decode_end_s,completed_s,polled_s,poll_error_s,lateness_s," +
        "tenant,tier,model,served_model,width,height,frames,steps,deadline_s,batch,batch_size,replica,attempts,outcome,reason,bytes\n";

    /// <summary>The rows in file order. A row torn by a killed writer is left out.</summary>
    public static IReadOnlyList<CallRecord> Read(string path) => Parse(GzipText.Read(path, MaxBytes), path);

    internal static IReadOnlyList<CallRecord> Parse(string text, string file)
    {
        var table = CsvTable.Parse(text, file, Csv.Split(Header.TrimEnd('\n'))!.ToArray());
        return [.. table.Rows.Select(Call)];
    }

    internal static string Line(CallRecord call) => Csv.Line(
        Csv.Text(call.Call),
        call.Intended.ToString(),
        Csv.Text(call.Sent),
        Csv.Text(call.Connected),
        Csv.Text(call.Accepted),
        Csv.Text(call.Queued),
        Csv.Text(call.Started),
        Csv.Text(call.TextEnd),
        Csv.Text(call.DenoiseEnd),
        Csv.Text(call.DecodeEnd),
        Csv.Text(call.Completed),
        Csv.Text(call.Polled),
        Csv.Text(call.PollError),
        Csv.Text(call.Lateness),
        call.Tenant,
        call.Tier,
        call.Model,
        call.ServedModel,
        Csv.Text(call.Width),
        Csv.Text(call.Height),
        Csv.Text(call.Frames),
        Csv.Text(call.Steps),
        Csv.Text(call.Deadline),
        Csv.Text(call.Batch),
        Csv.Text(call.BatchSize),
        Csv.Text(call.Replica),
        Csv.Text(call.Attempts),
        Words.Of(call.Outcome),
        call.Reason,
        Csv.Text(call.Bytes));

    private static CallRecord Call(CsvTable.Row row) => new()
    {
        Call = row.Count("call") ?? throw row.Bad("call", "a whole number"),
        Intended = row.At("intended_s") ?? throw row.Bad("intended_s", "a time"),
        Sent = row.At("sent_s"),
        Connected = row.At("connect_s"),
        Accepted = row.At("accepted_s"),
        Queued = row.At("queued_s"),
        Started = row.At("started_s"),
        TextEnd = row.At("text_end_s"),
        DenoiseEnd = row.At("denoise_end_s"),
        DecodeEnd = row.At("decode_end_s"),
        Completed = row.At("completed_s"),
        Polled = row.At("polled_s"),
        PollError = row.Time("poll_error_s"),
        Tenant = row.Text("tenant"),
        Tier = row.Text("tier"),
        Model = row.Text("model"),
        ServedModel = row.Text("served_model"),
        Width = row.Count("width") ?? 0,
        Height = row.Count("height") ?? 0,
        Frames = row.Count("frames") ?? 0,
        Steps = row.Count("steps") ?? 0,
        Deadline = row.Time("deadline_s"),
        Batch = row.Count("batch"),
        BatchSize = row.Count("batch_size"),
        Replica = row.Count("replica"),
        Attempts = row.Count("attempts") ?? 0,
        Outcome = Words.OutcomeOf(row.Text("outcome")) ?? throw row.Bad("outcome", "an outcome"),
        Reason = row.Text("reason"),
        Bytes = row.Integer("bytes"),
    };
}

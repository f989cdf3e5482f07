using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// Writes dead-letters.jsonl: one row for each job that ran and failed for good, so that it can be looked into or sent again. Each row is handed to the operating
/// system as it is written; a disk that is full ends the file, not the server. Not thread-safe: the core's thread writes.
/// </summary>
internal sealed class DeadLetters : IDisposable
{
    public const string FileName = "dead-letters.jsonl";
    private const int MaxDetail = 500;

    private readonly Action<string> _say;
    private FileStream? _file;

    /// <param name="path">A new file; made with the first row.</param>
    /// <param name="say">Told once when the file cannot be written.</param>
    public DeadLetters(string path, Action<string> say)
    {
        (Path, _say) = (path, say);
    }

    public string Path { get; }

    /// <summary>Whether the file could not be written: rows since then are missing.</summary>
    public bool Broken { get; private set; }

    public void Write(DeadLetter letter)
    {
        if (Broken)
        {
            return;
        }

        try
        {
            _file ??= new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            var bounded = letter.Detail.Length > MaxDetail ? letter with { Detail = letter.Detail[..MaxDetail] } : letter;
            _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(bounded, DeadLetterJson.Default.DeadLetter), (byte)'\n']);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Broken = true;
            _say($"{FileName} cannot be written any more: {e.Message}");
        }
    }

    public void Dispose() => _file?.Dispose();
}

/// <summary>A row of dead-letters.jsonl.</summary>
/// <param name="AtS">Seconds on the run's clock.</param>
/// <param name="Job">Its number, as in decisions.jsonl.</param>
/// <param name="Tenant">Who sent it.</param>
/// <param name="Tier">Its tier.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Attempts">How many times it ran.</param>
/// <param name="Reason">Why the last attempt failed.</param>
/// <param name="Detail">One line for people.</param>
internal sealed record DeadLetter(double AtS, long Job, string Tenant, string Tier, string Model, int Attempts, string Reason, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeadLetter))]
internal sealed partial class DeadLetterJson : JsonSerializerContext;

using System.Globalization;
using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>The folder of one run. The writer creates it; everyone else only reads files from it.</summary>
public sealed class RunFolder
{
    public const string DecisionsName = "decisions.jsonl";

    private RunFolder(string path) => FullPath = path;

    public string FullPath { get; }

    public string File(string name) => Path.Combine(FullPath, name);

    public bool Has(string name) => System.IO.File.Exists(File(name));

    /// <summary>A new folder root/scenario-utc; a number is added when it exists.</summary>
    public static RunFolder Create(string root, string scenario, DateTimeOffset utc) =>
        CreateNamed(root, $"{Safe(scenario)}-{utc.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}", replace: false);

    /// <summary>The folder of a simulated run; its name is a function of its inputs, so an older one of the same name is replaced.</summary>
    public static RunFolder CreateSimulated(string root, string scenario, string scheduleSha256, ulong seed) =>
        CreateNamed(root, string.Create(CultureInfo.InvariantCulture, $"{Safe(scenario)}-sim-{scheduleSha256[..8]}-{seed}"), replace: true);

    /// <summary>An existing folder; throws <see cref="InputException"/> when it holds no run.json.</summary>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(Path.GetFullPath(path));
        return folder.Has(RunManifest.Name)
            ? folder
            : throw new InputException(new Problem(path, 0, "", null, "is not a run folder (no run.json)", "give a folder that loadlab run or simulate wrote"));
    }

    /// <summary>Replaces run.json in one step.</summary>
    public void Write(RunManifest manifest)
    {
        var temporary = File(RunManifest.Name + ".tmp");
        System.IO.File.WriteAllBytes(temporary, [.. JsonSerializer.SerializeToUtf8Bytes(manifest, RunJson.Default.RunManifest), (byte)'\n']);
        System.IO.File.Move(temporary, File(RunManifest.Name), overwrite: true);
    }

    public RunManifest ReadManifest()
    {
        try
        {
            return Checked(JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(File(RunManifest.Name)), RunJson.Default.RunManifest) ?? throw new JsonException("it holds null"));
        }
        catch (JsonException e)
        {
            throw new InputException(new Problem(
                File(RunManifest.Name), (int)(e.LineNumber ?? -1) + 1, e.Path?.TrimStart('$', '.') ?? "", null, "is not what a run.json holds there", "a field is unknown, missing or of the wrong kind: the file is damaged or of another version"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(new Problem(File(RunManifest.Name), 0, "", null, "cannot be read", e.Message));
        }
    }

    private RunManifest Checked(RunManifest manifest)
    {
        var problems = new Problems();
        void Require(bool holds, string field, object value, string fix)
        {
            if (!holds)
            {
                problems.Add(new Problem(File(RunManifest.Name), 0, field, value.ToString(), "is not possible", fix));
            }
        }

        Require(manifest.Format == 1, "format", manifest.Format, "this version reads format 1");
        Require(manifest.Evidence is "real" or "emulated" or "simulated", "evidence", manifest.Evidence, "it is real, emulated or simulated");
        Require(manifest.Status is "running" or "completed" or "interrupted" or "failed", "status", manifest.Status, "it is running, completed, interrupted or failed");
        Require(manifest.Planned >= 0 && manifest.RealCalls >= 0 && manifest.ProfileRealCalls >= 0, "planned", manifest.Planned, "counts are 0 or more");
        Require(manifest.GpusPerReplica is >= 0 and <= 10_000, "gpus_per_replica", manifest.GpusPerReplica, "write a whole number from 1");
        Require(manifest.GpusByKind is null || manifest.GpusByKind.Values.All(gpus => gpus is >= 1 and <= 10_000), "gpus_by_kind", "…", "write whole numbers from 1");
        Require(manifest.EmptyGpuSeconds is null or (>= 0 and <= 1e15), "empty_gpu_seconds", manifest.EmptyGpuSeconds ?? 0, "write seconds, 0 or more");
        Require(manifest.Outcomes is null || manifest.Outcomes.Values.All(count => count >= 0), "outcomes", "…", "counts are 0 or more");
        problems.ThrowIfAny();
        return manifest;
    }

    public IReadOnlyList<ScheduledCall> ReadSchedule() => Has(ScheduleFile.Name) ? ScheduleFile.Read(File(ScheduleFile.Name)) : [];

    /// <summary>One row for every planned call, in order of index: rows without an end are unfinished.</summary>
    public IReadOnlyList<CallRecord> ReadCalls()
    {
        var rows = Has(CallsFile.Name) ? CallsFile.Read(File(CallsFile.Name)) : [];
        var byIndex = new Dictionary<int, CallRecord>();
        foreach (var row in rows)
        {
            byIndex[row.Call] = row;
        }

        var schedule = ReadSchedule();
        return schedule.Count > 0
            ? [.. PlannedOf(schedule).Select(call => byIndex.GetValueOrDefault(call.Index) ?? CallRecord.Unfinished(call))]
            : [.. byIndex.Values.OrderBy(row => row.Call)];
    }

    /// <summary>Of a closed loop those calls that came due: its length may have ended it before the rest.</summary>
    private IEnumerable<ScheduledCall> PlannedOf(IReadOnlyList<ScheduledCall> schedule) =>
        schedule[0].Think is null ? schedule : schedule.Take(ReadManifest().Planned);

    /// <summary>Client's and server's samples together.</summary>
    public IReadOnlyList<Sample> ReadSamples()
    {
        var client = Has(SamplesFile.Name) ? SamplesFile.Read(File(SamplesFile.Name)) : [];
        var server = Has(SamplesFile.ServerName) ? SamplesFile.Read(File(SamplesFile.ServerName)) : [];
        return [.. client, .. server];
    }

    private static RunFolder CreateNamed(string root, string name, bool replace)
    {
        var path = Path.GetFullPath(Path.Combine(root, name));
        if (replace && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        var free = path;
        for (var n = 2; Directory.Exists(free); n++)
        {
            free = $"{path}-{n}";
        }

        Directory.CreateDirectory(free);
        return new RunFolder(free);
    }

    private static string Safe(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).TrimStart('.') is { Length: > 0 } safe ? safe[..Math.Min(safe.Length, 80)] : "run";
}

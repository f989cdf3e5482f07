using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving.Journal;

namespace LoadLab.Cli;

/// <summary>Whether the files of a run folder belong together: numbers drawn from a cut or changed file would be wrong without a sign.</summary>
internal static class RunIntegrity
{
    /// <summary>Opens a folder whose figures are about to be used.</summary>
    /// <exception cref="InputException">It is no run folder, or its files do not belong together.</exception>
    public static RunFolder Open(string path)
    {
        var folder = RunFolder.Open(path);
        var problems = new Problems();
        foreach (var problem in ProblemsOf(folder))
        {
            problems.Add(problem);
        }

        problems.ThrowIfAny();
        return folder;
    }

    public static IEnumerable<Problem> ProblemsOf(RunFolder folder)
    {
        var manifest = folder.ReadManifest();
        if (folder.Has(ScheduleFile.Name) && ScheduleFile.Hash(folder.ReadSchedule()) != manifest.ScheduleSha256)
        {
            yield return new Problem(folder.File(ScheduleFile.Name), 0, "", null, "is not the schedule whose hash run.json holds", "it was changed after the run");
        }

        if (folder.Has(RunFolder.DecisionsName) && JournalProblem(folder) is { } journal)
        {
            yield return journal;
        }
    }

    /// <summary>A journal must hold every line up to its last, and reach the last call that completed.</summary>
    private static Problem? JournalProblem(RunFolder folder)
    {
        using var reader = JournalReader.Open(folder.File(RunFolder.DecisionsName));
        var last = new Instant(long.MinValue);
        var lines = 0L;
        foreach (var entry in reader.Entries())
        {
            last = entry.Now;
            if (entry.Sequence != ++lines)
            {
                return new Problem(reader.File, entry.Line, "seq", $"{entry.Sequence}", $"stands where {lines} should", "lines are missing or were moved: the file was changed after the run");
            }
        }

        var completed = folder.ReadCalls().Where(call => call.Outcome == Outcome.Completed && call.Completed is not null).Select(call => call.Completed!.Value).DefaultIfEmpty(last).Max();
        return completed > last + Duration.FromSeconds(1)
            ? new Problem(reader.File, 0, "", null, $"ends at {last} s, before calls that completed at {completed} s", "it was cut: what replicas did after its end is not known")
            : null;
    }
}

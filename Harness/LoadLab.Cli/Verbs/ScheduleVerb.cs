using System.CommandLine;
using LoadLab.Workload;

namespace LoadLab.Cli.Verbs;

/// <summary>schedule SCENARIO --as FORM -o OUT: the calls that a run would play, for another tool to play.</summary>
internal static class ScheduleVerb
{
    private static readonly Dictionary<string, ScheduleForm> s_forms = new() { ["aiperf"] = ScheduleForm.AiPerf, ["h2load"] = ScheduleForm.H2Load, ["csv"] = ScheduleForm.Csv };

    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "a scenario file" };
        var form = Verb.Word("--as", "aiperf (fixed-schedule JSONL), h2load (timing script) or csv (LoadLab's own arrivals, gzip when the name ends in .gz)", s_forms);
        form.Required = true;
        var to = new Option<string>("--out", "-o") { Description = "file to write", Required = true };
        var url = new Option<string>("--url") { Description = "address or path of an h2load script", DefaultValueFactory = _ => "/v1/videos" };
        var seed = Verb.Seed();
        return new Command("schedule", "Writes a scenario's schedule for another load generator.") { scenario, form, to, url, seed }.Does((parsed, output) =>
        {
            var read = Scenario.Load(parsed.GetRequiredValue(scenario), parsed.GetValue(seed));
            var path = Verb.File(parsed.GetRequiredValue(to));
            var chosen = parsed.GetValue(form)!.Value;
            var schedule = read.Schedule();
            ScheduleExport.Write(path, schedule, chosen, parsed.GetRequiredValue(url));
            output.Document(new ScheduleDocument(read.Name, s_forms.First(entry => entry.Value == chosen).Key, path, schedule.Calls.Count, schedule.Length.Seconds, schedule.Sha256));
            output.Line($"wrote {path}: {schedule.Calls.Count} calls in {schedule.Length.Seconds} s, schedule {schedule.Sha256}");
            if (chosen == ScheduleForm.H2Load)
            {
                output.Progress("note: a timing script holds times and addresses alone; h2load sends one body (-d FILE) with every call, and each of its clients plays the whole script: -c 1");
            }

            return ExitCode.Done;
        });
    }

    /// <summary>What was written.</summary>
    /// <param name="Scenario">Its name.</param>
    /// <param name="As">The form.</param>
    /// <param name="Path">The file.</param>
    /// <param name="Calls">Planned calls.</param>
    /// <param name="LengthS">Length of the load, seconds.</param>
    /// <param name="ScheduleSha256">As in run.json.</param>
    internal sealed record ScheduleDocument(string Scenario, string As, string Path, int Calls, double LengthS, string ScheduleSha256);
}

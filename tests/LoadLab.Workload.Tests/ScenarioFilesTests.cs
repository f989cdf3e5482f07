using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class ScenarioFilesTests
{
    private static readonly string[] s_elsewhere = ["fleet", "target", "guard", "serving", "autoscaler", "slo", "price"];

    public static TheoryData<string> Files => [.. Repository.Scenarios.Select(path => Path.GetRelativePath(Repository.File("Scenarios"), path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_scenario_file_becomes_a_schedule(string name)
    {
        var path = Repository.File("Scenarios", name);
        foreach (var line in File.ReadLines(path).Where(line => line.Contains("../../shared/traces/", StringComparison.Ordinal)))
        {
            Repository.Shared("traces", line.Split("../../shared/traces/")[1].Split(',')[0]);
        }

        var problems = new Problems();
        var root = ScenarioFile.Read(path, problems);
        problems.ThrowIfAny();
        var options = WorkloadOptions.Bind(root!);
        Array.ForEach(s_elsewhere, field => root!.Find(field));
        root!.Close();
        problems.ThrowIfAny();
        var schedule = Scheduler.Build(options, new TargetDefaults("wan2.2-ti2v-5b-nano", 160, 96, 9, 8));

        Assert.Equal(Path.GetFileNameWithoutExtension(name), options.Name);
        Assert.NotEmpty(schedule.Calls);
        Assert.All(schedule.Calls, call => Assert.True(call.Intended.Nanoseconds >= 0 && call.Intended.Nanoseconds < schedule.Length.Nanoseconds));
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {schedule.Calls.Count} calls in {schedule.Length} s, sha256 {schedule.Sha256}");
    }
}

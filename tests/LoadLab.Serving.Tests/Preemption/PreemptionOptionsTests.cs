using LoadLab.Core.Input;
using LoadLab.Serving.Preemption;

namespace LoadLab.Serving.Tests.Preemption;

public class PreemptionOptionsTests
{
    private const string Tiers = "tiers: { vip: { priority: 0 }, free: { priority: 1 } }";

    [Fact]
    public void Absent_key_is_off_and_an_empty_one_is_for_every_tier()
    {
        Assert.False(Read($"serving:\n  {Tiers}\n").On);
        var all = Read($"serving:\n  {Tiers}\n  preemption: {{}}\n");
        Assert.Equal((true, 0, null), (all.On, all.By.Count, all.Most));
    }

    [Fact]
    public void Every_field_is_read()
    {
        var options = Read($"serving:\n  {Tiers}\n  preemption: {{ by: [vip], most: 3 }}\n");
        Assert.Equal(["vip"], options.By);
        Assert.Equal(3, options.Most);
    }

    [Theory]
    [InlineData("preemption: {}", "there are no two tiers of different priority")]
    [InlineData("tiers: { a: { priority: 1 }, b: { priority: 1 } }\n  preemption: {}", "there are no two tiers of different priority")]
    [InlineData(Tiers + "\n  preemption: { by: [paid] }", "is not a tier of serving.tiers")]
    [InlineData(Tiers + "\n  preemption: { most: 0 }", "is not a whole number from 1 to 1000000")]
    [InlineData(Tiers + "\n  ageing: 30s\n  preemption: {}", "contradicts serving.ageing")]
    [InlineData(Tiers + "\n  pipeline: {}\n  preemption: {}", "does not go with serving.pipeline")]
    public void What_cannot_work_is_refused(string serving, string message)
    {
        var (_, problems) = Try($"serving:\n  {serving}\n");
        Assert.Contains(problems, problem => problem.ToString().Contains(message, StringComparison.Ordinal));
    }

    private static PreemptionOptions Read(string yaml)
    {
        var (options, problems) = Try(yaml);
        Assert.Empty(problems);
        return options;
    }

    private static (PreemptionOptions Options, IReadOnlyList<Problem> Problems) Try(string yaml)
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!;
        return (ServingOptions.Bind(root).Preemption, problems.All);
    }
}

using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Tests;

public class OptionsTests
{
    [Fact]
    public void Absent_sections_give_a_preloaded_fixed_fleet_of_the_targets_size()
    {
        var (serving, autoscaler, problems) = Bind("target: { kind: local, model: nano, replicas: 3 }");
        Assert.Empty(problems);
        Assert.Equal((new ModelId("nano"), true, 1000), (serving.Model, serving.Preload, serving.QueueLimit));
        Assert.Equal((AutoscalerKind.Fixed, 3), (autoscaler.Kind, autoscaler.Replicas));
    }

    [Fact]
    public void Sections_are_read()
    {
        var (serving, autoscaler, problems) = Bind(
            """
            serving: { preload: false, queueLimit: 20 }
            autoscaler: { kind: article-rule, min: 2, max: 6, high: 0.7, pending: 3, low: 0.2, interval: 5s, cooldown: 1m }
            """);
        Assert.Empty(problems);
        Assert.Equal((false, 20), (serving.Preload, serving.QueueLimit));
        Assert.Equal(
            new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Min = 2, Max = 6, High = 0.7, Pending = 3, Low = 0.2, Interval = Duration.FromSeconds(5), Cooldown = Duration.FromSeconds(60) },
            autoscaler);
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line()
    {
        var (_, _, problems) = Bind(
            """
            serving:
              preload: maybe
              batchin: { window: 200ms }
            autoscaler:
              kind: article-rule
              min: 5
              max: 2
              interval: 0s
              low: 0.9
              coldown: 5s
            """);
        Assert.Equal(
            [(2, "serving.preload"), (3, "serving.batchin"), (7, "autoscaler.max"), (8, "autoscaler.interval"), (9, "autoscaler.low"), (10, "autoscaler.coldown")],
            problems.Select(problem => (problem.Line, problem.Field)).Order());
        Assert.Contains("batching", problems.Single(problem => problem.Field == "serving.batchin").Fix, StringComparison.Ordinal);
        Assert.Contains("cooldown", problems.Single(problem => problem.Field == "autoscaler.coldown").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_rule_is_refused_with_those_known()
    {
        var (_, _, problems) = Bind("autoscaler: { kind: keda }");
        Assert.Contains("fixed or article-rule", Assert.Single(problems).Fix, StringComparison.Ordinal);
    }

    private static (ServingOptions Serving, AutoscalerOptions Autoscaler, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!;
        return (ServingOptions.Bind(root), AutoscalerOptions.Bind(root), problems.All);
    }
}

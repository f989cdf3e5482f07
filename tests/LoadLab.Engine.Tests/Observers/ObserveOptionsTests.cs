using LoadLab.Core.Input;
using LoadLab.Engine.Observers;

namespace LoadLab.Engine.Tests.Observers;

public sealed class ObserveOptionsTests
{
    [Fact]
    public void Query_and_preset_are_bound_whole()
    {
        var (options, problems) = Bind("""
            observe:
              - { prometheus: "http://127.0.0.1:9090/prom", query: 'sum(jobs_waiting)', as: queue, every: 1s, auth: env:PROM_TOKEN }
              - { prometheus: "https://prom.example", preset: dcgm, match: 'namespace="video",pod=~"wan-.*"', every: 10m }
              - { prometheus: "http://127.0.0.1:9090", query: 'up', as: custom.up, unit: targets, scale: 0.5 }
              - { prometheus: "http://127.0.0.1:9090", query: 'fleet', as: replicas, gpusPerReplica: 8 }
              - { prometheus: "http://127.0.0.1:9091", query: 'fleet', as: replicas }
            """);
        Assert.Empty(problems);
        Assert.Equal(["queue", "gpu.util", "gpu.mem", "gpu.power", "custom.up", "replicas", "replicas#2"], options.Queries.Select(query => query.Metric));
        var queue = options.Queries[0];
        Assert.Equal(("sum(jobs_waiting)", "jobs", 1.0, 1.0, "PROM_TOKEN"), (queue.Query, queue.Unit, queue.Scale, queue.Every.Seconds, queue.KeyVariable));
        var memory = options.Queries[2];
        Assert.Equal(("""DCGM_FI_DEV_FB_USED{namespace="video",pod=~"wan-.*"}""", "bytes", 1048576.0, 600.0), (memory.Query, memory.Unit, memory.Scale, memory.Every.Seconds));
        Assert.Equal(("targets", 0.5, 5.0), (options.Queries[4].Unit, options.Queries[4].Scale, options.Queries[4].Every.Seconds));
        Assert.Equal(8, options.GpusPerReplica);
    }

    [Fact]
    public void Nothing_is_observed_unless_asked_for()
    {
        var (options, problems) = Bind("kind: local");
        Assert.Empty(problems);
        Assert.Empty(options.Queries);
        Assert.Equal(1, options.GpusPerReplica);
    }

    [Theory]
    [InlineData("query: up, as: queue", "observe[0].prometheus", "is missing")]
    [InlineData("prometheus: 'ftp://a', query: up, as: queue", "observe[0].prometheus", "is not an http address without user, password and query")]
    [InlineData("prometheus: 'http://me:secret@a', query: up, as: queue", "observe[0].prometheus", "is not an http address without user, password and query")]
    [InlineData("prometheus: 'http://a/?x=1', query: up, as: queue", "observe[0].prometheus", "is not an http address without user, password and query")]
    [InlineData("prometheus: 'http://a', as: queue", "observe[0].query", "is missing")]
    [InlineData("prometheus: 'http://a', query: up", "observe[0].as", "is missing")]
    [InlineData("prometheus: 'http://a', query: up, as: gpu", "observe[0].as", "is not a known meaning")]
    [InlineData("prometheus: 'http://a', query: up, as: custom.", "observe[0].as", "is not a known meaning")]
    [InlineData("prometheus: 'http://a', query: up, as: 'custom.a/b'", "observe[0].as", "is not a known meaning")]
    [InlineData("prometheus: 'http://a', query: up, as: custom.x", "observe[0].unit", "is missing")]
    [InlineData("prometheus: 'http://a', query: up, as: custom.x, unit: 'a,b'", "observe[0].unit", "is not a unit")]
    [InlineData("prometheus: 'http://a', query: up, as: gpu.util, unit: watts", "observe[0].unit", "is not a unit of gpu.util")]
    [InlineData("prometheus: 'http://a', query: up, as: gpu.mem, unit: MiB, scale: 2", "observe[0].scale", "stands beside a unit that says the same")]
    [InlineData("prometheus: 'http://a', query: up, as: queue, scale: 0", "observe[0].scale", "is not a number that is not 0")]
    [InlineData("prometheus: 'http://a', query: up, as: queue, every: 500ms", "observe[0].every", "is not a duration from 1s to 10m")]
    [InlineData("prometheus: 'http://a', query: up, as: queue, every: 11m", "observe[0].every", "is not a duration from 1s to 10m")]
    [InlineData("prometheus: 'http://a', query: up, as: queue, auth: token-itself", "observe[0].auth", "does not name an environment variable")]
    [InlineData("prometheus: 'http://a', query: up, preset: dcgm", "observe[0].query", "stands beside a preset")]
    [InlineData("prometheus: 'http://a', preset: dcgn", "observe[0].preset", "is not a preset")]
    [InlineData("prometheus: 'http://a', preset: dcgm, match: 'a=\"b\"} or vector(1) #'", "observe[0].match", "is not label matchers")]
    [InlineData("prometheus: 'http://a', preset: dcgm, as: queue", "observe[0].as", "is not a known field")]
    [InlineData("prometheus: 'http://a', query: up, as: queue, gpusPerReplica: 8", "observe[0].gpusPerReplica", "stands where no replicas are observed")]
    [InlineData("prometheus: 'http://a', query: up, as: replicas, gpusPerReplica: 0", "observe[0].gpusPerReplica", "is not a whole number from 1 to 10000")]
    [InlineData("prometheus: 'http://a', query: up, as: queue, often: 5s", "observe[0].often", "is not a known field")]
    public void Each_mistake_is_told_with_its_field(string fields, string field, string message)
    {
        var problem = Assert.Single(Bind($"observe: [ {{ {fields} }} ]").Problems);
        Assert.Equal((field, message), (problem.Field, problem.Message));
        Assert.NotEmpty(problem.Fix);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var (_, problems) = Bind("""
            observe:
              - { prometheus: "nowhere", query: up, as: speed, every: 0s }
              - just text
              - { prometheus: "http://a", query: up, as: queue }
              - { prometheus: "http://a", query: up, as: replicas, gpusPerReplica: 2 }
              - { prometheus: "http://a", query: count(up), as: replicas, gpusPerReplica: 4 }
            """);
        Assert.Equal(
            ["observe[0].prometheus", "observe[0].every", "observe[0].as", "observe[1]", "observe[3].query", "observe"],
            problems.Select(problem => problem.Field));
    }

    [Fact]
    public void Secret_that_was_pasted_is_not_repeated()
    {
        var (_, problems) = Bind("observe: [ { prometheus: 'http://me:hunter2@a', query: up, as: queue, auth: hunter2 } ]");
        Assert.Equal(2, problems.Count);
        Assert.All(problems, problem => Assert.DoesNotContain("hunter2", problem.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Fifty_queries_are_the_most()
    {
        string Many(int count) => $"observe: [ {string.Join(", ", Enumerable.Range(0, count).Select(i => $"{{ prometheus: 'http://a', query: q{i}, as: queue }}"))} ]";
        Assert.Empty(Bind(Many(50)).Problems);
        Assert.Equal("asks 51 queries, presets spread out", Assert.Single(Bind(Many(51)).Problems).Message);
    }

    [Theory]
    [InlineData("""a="b" """, true)]
    [InlineData("""a = "b", c!~"d|e\"f",""", true)]
    [InlineData("""a="{}" """, true)]
    [InlineData("""a="b"}""", false)]
    [InlineData("""a="b" or c""", false)]
    [InlineData("""a='b'""", false)]
    [InlineData("""a="b\" """, false)]
    [InlineData("""a""", false)]
    public void Match_is_label_matchers_and_nothing_else(string text, bool valid) => Assert.Equal(valid, LabelMatchers.AreValid(text));

    private static (ObserveOptions Options, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!;
        return (ObserveOptions.Bind(root), problems.All);
    }
}

using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Priority;

public class FairnessOptionsTests
{
    [Fact]
    public void Absent_is_arrival_order() => Assert.False(Yaml.Bind("serving: {}", FairnessOptions.Bind).ByTenant);

    [Fact]
    public void Weights_are_read()
    {
        var options = Yaml.Bind("serving: { fairness: { by: tenant, weights: { acme: 3, bee: 0.5 } } }", FairnessOptions.Bind);
        Assert.True(options.ByTenant);
        Assert.Equal([("acme", 3.0), ("bee", 0.5)], options.Weights.Select(weight => (weight.Key, weight.Value)));
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line()
    {
        var (_, problems) = Yaml.Try(
            """
            serving:
              fairness:
                by: user
                weights:
                  acme: 0
                  bee: -1
                  cow: heavy
                wieghts: {}
            """,
            FairnessOptions.Bind);
        Assert.Equal([3, 5, 6, 7, 8], problems.Select(problem => problem.Line).Order());
        Assert.Contains("write tenant or none", problems[0].Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Fairness_that_does_not_say_by_what_is_refused()
    {
        var (_, problems) = Yaml.Try("serving:\n  fairness: { weights: { acme: 3 } }", FairnessOptions.Bind);
        Assert.Equal("add by: tenant", Assert.Single(problems).Fix);
    }
}

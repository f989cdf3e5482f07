using LoadLab.Core.Input;

namespace LoadLab.Cli.Tests;

public sealed class ShippedScenarioTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Repository.At("Scenarios"), "*.yaml").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Shipped_scenario_loads_and_plans_calls(string file)
    {
        var path = Repository.At("Scenarios", file);
        Assert.SkipWhen(File.ReadAllText(path).Contains("../../shared/", StringComparison.Ordinal) && !Directory.Exists(Repository.Shared), "it replays a trace of ../shared, which is not beside this checkout");
        var scenario = Scenario.Load(path);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), scenario.Name);
        Assert.NotEmpty(scenario.Schedule().Calls);
        Assert.Equal(scenario.Schedule().Sha256, Scenario.Load(path).Schedule().Sha256);
        Assert.NotEqual(scenario.Schedule().Sha256, Scenario.Load(path, seed: 987654321).Schedule().Sha256);
    }

    [Fact]
    public void Shipped_profiles_load()
    {
        var names = Directory.GetFiles(Repository.At("Scenarios", "profiles"), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.NotEmpty(Profiles.Load(name).Services));
    }

    [Fact]
    public void Seed_of_the_command_line_replaces_the_file_s()
    {
        var scenario = Scenario.Load(Repository.At("Scenarios", "demo-burst.yaml"), seed: 77);
        Assert.Equal(77UL, scenario.Seed.Value);
    }

    [Fact]
    public void Profile_that_does_not_exist_names_the_shipped_ones()
    {
        var refused = Assert.Throws<InputException>(() => Profiles.Load("none"));
        Assert.Contains("wan2.2-t2v-a14b-h100-1gpu", refused.Message);
    }
}

using LoadLab.Core.Input;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class ServingPagesTests
{
    [Theory]
    [InlineData("recovery.md")]
    [InlineData("loading.md")]
    [InlineData("placement.md")]
    public void Example_of_a_page_is_a_scenario_that_binds(string page)
    {
        var text = File.ReadAllText(Checkout.At("docs", "serving", page));
        var from = text.IndexOf("```yaml\n", StringComparison.Ordinal) + 8;
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(text[from..text.IndexOf("```", from, StringComparison.Ordinal)], page, problems)!, "", problems)!;
        var serving = root.Child("serving")!;
        RecoveryOptions.Bind(serving);
        LoadingOptions.Bind(serving);
        PlacementOptions.Bind(serving);
        serving.Close();
        root.Close();
        Assert.Empty(problems.All);
    }
}

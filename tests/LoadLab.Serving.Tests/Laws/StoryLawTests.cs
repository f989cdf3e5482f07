namespace LoadLab.Serving.Tests.Laws;

/// <summary>The laws hold in any story, with few rules or all of them.</summary>
public class StoryLawTests
{
    [Fact]
    public void Stories_without_faults_keep_the_laws() => StoryLaws.Hold(500, Rules.Tiers, Rules.Faults | Rules.EarlyStop);

    [Fact]
    public void Pipelines_keep_the_laws() => StoryLaws.Hold(500, Rules.Pipeline | Rules.Cancels | Rules.Retries);
}

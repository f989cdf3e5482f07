namespace LoadLab.Serving.Tests.Laws;

/// <summary>The laws hold whatever fails.</summary>
public class FaultyStoryLawTests
{
    [Fact]
    public void Stories_with_faults_keep_the_laws() => StoryLaws.Hold(600, Rules.Faults | Rules.Retries, Rules.Pipeline);

    [Fact]
    public void Stories_of_all_rules_at_random_keep_the_laws() => StoryLaws.Hold(600, Rules.None);
}

using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>Plays random stories of one kind and tells the simplest one that breaks a law. LOADLAB_STORY_SEED=number plays others.</summary>
internal static class StoryLaws
{
    private const ulong FixedSeed = 20260105;

    /// <param name="stories">How many.</param>
    /// <param name="always">Rules that every story has.</param>
    /// <param name="never">Rules that none has.</param>
    public static void Hold(int stories, Rules always, Rules never = Rules.None)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("LOADLAB_STORY_SEED"), out var given) ? given : FixedSeed;
        var plans = Gen.Choose(0, int.MaxValue - 1).SelectMany(_ => Gen.Choose(0, (int)Rules.All), (number, rules) => (number, rules))
            .SelectMany(_ => Gen.Choose(5, 60), (drawn, jobs) => new StoryPlan(drawn.number, ((Rules)drawn.rules | always) & ~never, jobs));
        try
        {
            // The gamma of a generator is odd.
            var config = Config.QuickThrowOnFailure.WithMaxTest(stories).WithQuietOnSuccess(true).WithReplay(new Replay(new Rnd(seed, 1), FSharpOption<int>.None));
            Prop.ForAll(Arb.From(plans, plan => plan.Simpler()), Play).Check(config);
        }
        catch (Exception e)
        {
            var lines = e.Message.Split('\n').Where(line => !line.StartsWith("   at ", StringComparison.Ordinal));
            throw new LawBrokenException($"LOADLAB_STORY_SEED={seed}: {string.Join('\n', lines)}");
        }
    }

    public static void Play(StoryPlan plan)
    {
        using var host = new StoryHost(plan);
        host.Play();
    }
}

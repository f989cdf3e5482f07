using System.Globalization;
using LoadLab.Core;
using LoadLab.Model.Server.Safety;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Tests.Safety;

public class ShareCheckTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void The_share_is_kept(double share)
    {
        var refused = Refused(new ShareCheck(share, new Seed(7)), SafetyPhase.Before).Count;

        // Five standard deviations of 10,000 draws at one half.
        Assert.InRange(refused, (10_000 * share) - 250, (10_000 * share) + 250);
        Assert.True(share is > 0 and < 1 || refused == 10_000 * share);
    }

    [Fact]
    public void The_same_prompt_is_judged_alike_and_phases_and_seeds_are_independent()
    {
        var check = new ShareCheck(0.5, new Seed(7));
        var before = Refused(check, SafetyPhase.Before);

        Assert.Equal(before, Refused(new ShareCheck(0.5, new Seed(7)), SafetyPhase.Before));
        Assert.InRange(before.Intersect(Refused(check, SafetyPhase.After)).Count(), 2250, 2750);
        Assert.InRange(before.Intersect(Refused(new ShareCheck(0.5, new Seed(8)), SafetyPhase.Before)).Count(), 2250, 2750);
    }

    private static List<int> Refused(ShareCheck check, SafetyPhase phase) =>
        [.. Enumerable.Range(0, 10_000).Where(i => check.Refusal(new Content(new(i), phase, new("nano"), "", i.ToString("x16", CultureInfo.InvariantCulture), null), CancellationToken.None) is not null)];
}

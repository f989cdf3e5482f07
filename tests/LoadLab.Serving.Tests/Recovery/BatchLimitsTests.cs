using LoadLab.Serving.Batching;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class BatchLimitsTests
{
    [Fact]
    public void Batch_that_did_not_fit_is_halved_until_one_is_left_and_never_grows_again()
    {
        var limits = new BatchLimits();
        Assert.Equal(8, limits.LimitOf(Key(9), 8));
        limits.OutOfMemory(Key(9), 8);
        Assert.Equal(4, limits.LimitOf(Key(9), 8));
        limits.OutOfMemory(Key(9), 3);
        Assert.Equal(1, limits.LimitOf(Key(9), 8));
        limits.OutOfMemory(Key(9), 1);
        Assert.Equal(1, limits.LimitOf(Key(9), 8));

        // One that started before the limit was learned.
        limits.OutOfMemory(Key(9), 8);
        Assert.Equal(1, limits.LimitOf(Key(9), 8));
    }

    [Fact]
    public void Other_keys_and_smaller_bounds_stay_as_they_are()
    {
        var limits = new BatchLimits();
        limits.OutOfMemory(Key(9), 8);
        Assert.Equal(8, limits.LimitOf(Key(13), 8));
        Assert.Equal(2, limits.LimitOf(Key(9), 2));
    }

    [Fact]
    public void Past_its_bound_the_key_learned_first_is_forgotten()
    {
        var limits = new BatchLimits();
        for (var frames = 1; frames <= BatchLimits.MostKeys; frames++)
        {
            limits.OutOfMemory(Key(frames), 4);
            limits.OutOfMemory(Key(frames), 4);
        }

        Assert.Equal(2, limits.LimitOf(Key(1), 8));
        limits.OutOfMemory(Key(0), 4);
        Assert.Equal((8, 2, 2), (limits.LimitOf(Key(1), 8), limits.LimitOf(Key(2), 8), limits.LimitOf(Key(0), 8)));
    }

    private static BatchKey Key(int frames) => new(new("nano"), 160, 96, frames, 8, true, "");
}

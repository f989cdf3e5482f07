using LoadLab.Serving.Profiles;

namespace LoadLab.Serving.Tests;

public sealed class ProfileTimesTests
{
    private const string Model = "wan2.2-t2v-a14b";
    private static readonly Shape s_shape = new(832, 480, 81, 40, true);

    [Theory]
    [InlineData(1, 480)]
    [InlineData(2, 960)]
    [InlineData(4, 840)]
    public void A_batch_takes_its_own_entry_or_as_many_times_a_single_job(int batch, double seconds) =>
        Assert.Equal(seconds, new ProfileTimes(Profile(Entry(1, 480), Entry(4, 840))).Find(Model, s_shape, batch)!.Whole.MeanS, 9);

    [Fact]
    public void A_shape_that_the_profile_does_not_know_has_no_time() =>
        Assert.Null(new ProfileTimes(Profile(Entry(1, 480))).Find(Model, s_shape with { Frames = 5 }, 2));

    [Fact]
    public void Stages_end_by_the_profiles_shares_and_add_up_to_the_whole()
    {
        var time = new ServiceTime(new SampledTime { MeanS = 100 }, 0.1, 0.7);

        var stages = ProfileTimes.EndsOf(time, 0.5, extraSeconds: 20);

        Assert.Equal((12, 84, 24, 120), (stages.Text.Seconds, stages.Denoise.Seconds, stages.Decode.Seconds, stages.Whole.Seconds));
        Assert.True(stages.IsSplit);
    }

    [Fact]
    public void A_whole_that_the_profile_does_not_split_is_all_denoising()
    {
        var stages = ProfileTimes.EndsOf(new ServiceTime(new SampledTime { MeanS = 100 }, null, null), 0.5, 0);

        Assert.Equal((0.0, 100, 0), (stages.Text.Seconds, stages.Denoise.Seconds, stages.Decode.Seconds));
        Assert.False(stages.IsSplit);
    }

    private static ServiceProfile Profile(params ServiceEntry[] entries) => new() { Name = "p", Device = "d", Evidence = "published", Services = entries };

    private static ServiceEntry Entry(int batch, double seconds) => new()
    {
        Model = Model, Width = 832, Height = 480, Frames = 81, Steps = 40, Batch = batch, Whole = new SampledTime { MeanS = seconds },
    };
}

using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Batching;

public class BatchMemoryTests
{
    private const long GiB = 1L << 30;
    private static readonly BatchKey s_key = new(new ModelId("m"), 160, 96, 9, 8, true, "");

    /// <summary>Articles' claim B7, the rule: 20 GiB a video, 4 GiB kept. On a 40 GB card it runs one, where the same article's table (B6) runs four in 32 to 40 GB.</summary>
    [Theory]
    [InlineData(24, 1)] // A11 says 2 to 3 on such a card
    [InlineData(40, 1)]
    [InlineData(44, 2)]
    [InlineData(80, 3)] // B6: 8 take more than 70 GB
    [InlineData(164, 8)]
    [InlineData(1024, 8)]
    public void Articles_rule_counts_whole_videos_in_what_the_reserve_leaves(int freeGiB, int limit) =>
        Assert.Equal(limit, new BatchMemory { ReserveBytes = 4 * GiB, PerVideoBytes = 20 * GiB }.LimitOf(freeGiB * GiB, s_key, 8));

    [Fact]
    public void Measured_law_follows_the_shape()
    {
        // 160 x 96 x 9 = 138,240 pixels of 1,000 bytes: 138.24 MB a video.
        var memory = new BatchMemory { ReserveBytes = 10_000_000, BytesPerPixel = 1000 };
        Assert.Equal(3, memory.LimitOf(10_000_000 + (3 * 138_240_000L), s_key, 8));
        Assert.Equal(2, memory.LimitOf(10_000_000 + (3 * 138_240_000L) - 1, s_key, 8));
        Assert.Equal(1, memory.LimitOf(10_000_000 + (3 * 138_240_000L), s_key with { Frames = 17 }, 8));
        Assert.Equal(6, memory.LimitOf(10_000_000 + (3 * 138_240_000L), s_key with { Width = 80 }, 8));
    }

    [Fact]
    public void What_is_not_known_limits_nothing()
    {
        Assert.Equal(8, new BatchMemory { PerVideoBytes = GiB }.LimitOf(null, s_key, 8));
        Assert.Equal(8, new BatchMemory { ReserveBytes = 64 * GiB }.LimitOf(GiB, s_key, 8));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(4 * GiB)]
    [InlineData((4 * GiB) - 1)]
    [InlineData(long.MinValue)]
    public void One_job_is_always_tried(long free)
    {
        Assert.Equal(1, new BatchMemory { ReserveBytes = 4 * GiB, PerVideoBytes = 20 * GiB }.LimitOf(free, s_key, 8));
        Assert.Equal(1, new BatchMemory { ReserveBytes = long.MaxValue, BytesPerPixel = double.MaxValue }.LimitOf(free, s_key, 8));
    }

    [Fact]
    public void Huge_memory_stays_at_the_largest_batch()
    {
        Assert.Equal(8, new BatchMemory { PerVideoBytes = 1 }.LimitOf(long.MaxValue, s_key, 8));
        Assert.Equal(8, new BatchMemory { BytesPerPixel = double.Epsilon }.LimitOf(long.MaxValue, s_key, 8));
    }
}

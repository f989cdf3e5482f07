using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;

namespace LoadLab.Model.Server.Tests.Jobs;

public sealed class ClipStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_clip_made_again_by_a_retry_counts_once()
    {
        // 32x32 in 4:2:0 is 1536 bytes and a header: six fit into 10,000.
        using var clips = new ClipStore(_folder.File("clips"), 10_000);
        for (var i = 0; i < 20; i++)
        {
            clips.Store(new(0), Clip());
        }

        for (var i = 1; i < 6; i++)
        {
            clips.Store(new(i), Clip());
        }

        Assert.All(Enumerable.Range(0, 6), job => Assert.NotNull(clips.PathOf(new(job))));
    }

    private static VideoClip Clip() => new(32, 32, 1, 24, new byte[32 * 32 * 3]);
}

using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Batching;

/// <summary>Articles' claim B11: a window of 200 ms.</summary>
public class WindowBatchingTests
{
    [Theory]
    [InlineData("1@0", "1@0.2 window")]
    [InlineData("1@0 1@0.1 1@0.15", "1+1+1@0.2 window")]
    [InlineData("1@0 1@0.1 1@0.15 1@0.19", "1+1+1+1@0.19 full")]
    [InlineData("1@0 1@0.3", "1@0.2 window; 1@0.5 window")]
    [InlineData("1@0 1@0 1@0 1@0 1@0", "1+1+1+1@0 full; 1@0.2 window")]
    [InlineData("1@0 1@0.2", "1+1@0.2 window")] // what arrives as the window ends still runs along
    public void Jobs_gather_until_they_are_four_or_the_oldest_has_waited(string calls, string batches) => Assert.Equal(batches, new BatchStory(Window(), 4).Play(calls));

    [Fact]
    public void Shapes_gather_apart_and_each_has_its_own_window() =>
        Assert.Equal("1+1@0.2 window; 1+1@0.25 window", new BatchStory(Window(), 4).Play("1a@0 1b@0.05 1a@0.1 1b@0.1"));

    [Fact]
    public void Jobs_that_waited_for_a_replica_longer_than_the_window_run_as_soon_as_one_is_free() =>
        Assert.Equal("1+1+1+1@9 full; 1+1@9 window", new BatchStory(Window(), 4, freeFrom: 9).Play("1@0 1@1 1@2 1@3 1@4 1@5"));

    [Fact]
    public void Job_that_overtakes_starts_no_new_window()
    {
        LineJob[] line = [Job(0.15), Job(0), Job(0.1)];
        Assert.Equal(BatchDecision.Wait(Instant.FromSeconds(0.2), "window"), Window().Decide(Instant.FromSeconds(0.15), line, 4));
        Assert.Equal(BatchDecision.Run(3, "window"), Window().Decide(Instant.FromSeconds(0.2), line, 4));
    }

    [Fact]
    public void Memory_for_two_makes_two_a_full_batch() => Assert.Equal("1+1@0.1 memory; 1@0.4 window", new BatchStory(Window(), 2).Play("1@0 1@0.1 1@0.2"));

    [Fact]
    public void Window_of_nothing_runs_what_is_there() => Assert.Equal("1+1@0 window; 1@1 window", new BatchStory(Window(0), 4).Play("1@0 1@0 1@1"));

    [Fact]
    public void Without_batching_each_job_runs_alone_and_at_once() => Assert.Equal("1@0 single; 1@0 single; 1@1 single", new BatchStory(new NoBatching(), 1).Play("1@0 1@0 1@1"));

    private static WindowBatching Window(double seconds = 0.2) => new(new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 4, Window = Duration.FromSeconds(seconds) });

    private static LineJob Job(double queuedSecond) => new(BatchStory.Key('a'), Instant.FromSeconds(queuedSecond));
}

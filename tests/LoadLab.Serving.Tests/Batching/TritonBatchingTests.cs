using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Batching;

public class TritonBatchingTests
{
    /// <summary>
    /// Triton's own cases: github.com/triton-inference-server/server, qa/L0_batcher/batcher_test.py at e1db8a603 (2026-08-19), max_batch_size 8, the test named first.
    /// Where the scheduler is held until n requests wait (TRITONSERVER_DELAY_SCHEDULER), the replica is free from the last one on. The reasons are ours.
    /// </summary>
    [Theory]

    // preferred_batch_size [2, 6], max_queue_delay 10 s. T1 to T6: the numbers of the specification.
    [InlineData("T1 test_static_batch_preferred", "2@0", "2@0 preferred")]
    [InlineData("T2 test_static_batch_preferred", "6@0", "6@0 preferred")]
    [InlineData("T3 test_static_batch_lt_any_preferred", "1@0", "1@10 delay")]
    [InlineData("T4 test_multi_batch_not_preferred", "1@0 3@1", "1+3@10 delay")]
    [InlineData("T5 test_multi_batch_gt_max_preferred", "3@0 7@0.1", "3@0.1 full; 7@0.1 full")]
    [InlineData("T6 test_multi_batch_use_best_preferred, its first two", "1@0 1@0", "1+1@0 preferred")]
    [InlineData("test_static_batch_not_preferred", "3@0", "3@10 delay")]
    [InlineData("test_static_batch_gt_max_preferred", "7@0", "7@0 full")]
    [InlineData("test_multi_batch_sum_gt_max_preferred", "3@0 4@1", "3@1 full; 4@11 delay")]
    [InlineData("test_multi_batch_delayed_sum_gt_max_preferred", "3@0 4@1", "3@1 full; 4@11 delay", 1)]
    [InlineData("test_multi_batch_use_best_preferred", "1@0 1@0 1@1", "1+1@1 preferred; 1@11 delay", 1)]
    [InlineData("test_multi_batch_use_biggest_preferred", "1@0 1@0 1@0 1@0 1@0 1@0", "1+1+1+1+1+1@0 preferred")]
    [InlineData("test_multi_batch_delayed_use_max_batch", "3@0 4@0 1@11", "3+4+1@11 full", 11)]
    [InlineData("test_multi_batch_different_shape", "1a@0 1b@1", "1@1 mismatch; 1@11 delay")]
    [InlineData("test_multi_batch_not_preferred_different_shape", "1a@0 3a@0 1b@1", "1+3@1 mismatch; 1@11 delay")]
    [InlineData("test_multi_batch_preferred_different_shape", "1a@0 3a@0 1b@1 5b@1", "1+3@1 mismatch; 1+5@1 preferred")]
    [InlineData("test_multi_batch_delayed_preferred_different_shape", "1a@0 3a@0 1b@1 5b@1", "1+3@1 mismatch; 1+5@1 preferred", 1)]
    public void Preferred_sizes_with_a_delay_run_as_in_Triton(string source, string calls, string batches, double freeFrom = 0) =>
        Assert.Equal((source, batches), (source, new BatchStory(Triton([2, 6], 10), 8, freeFrom).Play(calls)));

    /// <summary>The same file; preferred_batch_size [4, 6], no delay.</summary>
    [Theory]
    [InlineData("T7 test_preferred_batch_only_aligned", "1@0 1@0 1@0 1@0", "1+1+1+1@0 preferred")]
    [InlineData("T8 test_preferred_batch_only_unaligned", "1@0 1@0 1@0 1@0 1@0", "1+1+1+1@0 preferred; 1@0 delay")]
    [InlineData("test_preferred_batch_only_use_biggest_preferred", "1@0 1@0 1@0 1@0 1@0 1@0 1@0", "1+1+1+1+1+1@0 preferred; 1@0 delay")]
    [InlineData("test_preferred_batch_only_use_no_preferred_size", "1@0 1@0 1@0", "1+1+1@0 delay")]
    public void Preferred_sizes_without_a_delay_run_as_in_Triton(string source, string calls, string batches) =>
        Assert.Equal((source, batches), (source, new BatchStory(Triton([4, 6], 0), 8).Play(calls)));

    [Fact]
    public void Without_preferred_sizes_the_largest_batch_is_the_one_waited_for() =>
        Assert.Equal("1+1+1+1+1+1+1+1@3 full; 1@13 delay", new BatchStory(Triton([], 10), 8).Play("1@0 1@1 1@1 1@1 1@2 1@2 1@2 1@3 1@3"));

    [Fact]
    public void Late_batch_takes_all_that_fits_and_forgets_preferred_sizes() =>
        Assert.Equal("1+1+1+1+1@12 delay", new BatchStory(Triton([2, 4], 10), 8, freeFrom: 12).Play("1@0 1@1 1@2 1@3 1@4"));

    [Fact]
    public void Delay_is_that_of_the_oldest_of_the_batch_not_of_its_head()
    {
        // A caller of higher priority has overtaken one that waits since 0 s.
        LineJob[] line = [Job('a', 6), Job('a', 0)];
        Assert.Equal(BatchDecision.Wait(Instant.FromSeconds(10), "delay"), Triton([4], 10).Decide(Instant.FromSeconds(6), line, 8));
    }

    [Fact]
    public void Job_behind_a_mismatch_lends_the_batch_no_age()
    {
        // The second of the line waits far beyond the delay, yet the first alone makes the batch: its preferred size of 1 still counts.
        LineJob[] line = [Job('a', 20), Job('b', 0)];
        Assert.Equal(BatchDecision.Run(1, "preferred"), Triton([1, 4], 10).Decide(Instant.FromSeconds(21), line, 8));
    }

    [Theory]
    [InlineData(3, "1+1+1@0 memory; 1+1+1@0 memory; 1@10 delay")] // no preferred size is left: the limit is it
    [InlineData(4, "1+1+1+1@0 memory; 1+1+1@10 delay")]
    [InlineData(5, "1+1+1+1@0 preferred; 1+1+1@10 delay")]
    public void Memory_below_the_largest_batch_stands_for_it(int limit, string batches) =>
        Assert.Equal(batches, new BatchStory(Triton([4, 6], 10), limit).Play("1@0 1@0 1@0 1@0 1@0 1@0 1@0"));

    private static TritonBatching Triton(int[] preferred, double delaySeconds) =>
        new(new BatchingOptions { Kind = BatchingKind.Triton, MaxBatch = 8, Preferred = preferred, Delay = Duration.FromSeconds(delaySeconds) });

    private static LineJob Job(char shape, double queuedSecond) => new(BatchStory.Key(shape), Instant.FromSeconds(queuedSecond));
}

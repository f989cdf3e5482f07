namespace LoadLab.Tensors.Tests;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_task_runs_once_on_a_worker_that_exists(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var round = 0; round < 2000; round++)
        {
            var tasks = round % 40;
            var seen = new int[tasks];
            pool.Run(tasks, (task, worker) =>
            {
                Assert.InRange(worker, 0, threads - 1);
                Interlocked.Increment(ref seen[task]);
            });
            Assert.All(seen, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Parked_workers_wake_for_the_next_run()
    {
        using var pool = new WorkerPool(3);
        for (var round = 0; round < 5; round++)
        {
            // Long past the time a worker spins.
            Thread.Sleep(5);
            var workers = new HashSet<int>();
            using var all = new Barrier(3);
            pool.Run(3, (_, worker) =>
            {
                // Passes only when three workers hold a task each.
                Assert.True(all.SignalAndWait(TimeSpan.FromMinutes(2)));
                lock (workers)
                {
                    workers.Add(worker);
                }
            });
            Assert.Equal(3, workers.Count);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failing_task_fails_the_run_and_the_pool_lives_on(int threads)
    {
        using var pool = new WorkerPool(threads);
        Assert.Throws<InvalidOperationException>(() => pool.Run(10, (task, _) =>
        {
            if (task == 7)
            {
                throw new InvalidOperationException("task 7");
            }
        }));
        var count = 0;
        pool.Run(10, (_, _) => Interlocked.Increment(ref count));
        Assert.Equal(10, count);
    }
}

using System.Collections.Concurrent;
using LoadLab.Core;
using LoadLab.Engine.Pacing;

namespace LoadLab.LoadProbe;

/// <summary>Lets requests wait until an instant of the monotonic clock, on one thread of its own: thread-pool timers are several milliseconds off. Instants must not decrease.</summary>
internal sealed class DelayLine : IDisposable
{
    private readonly BlockingCollection<(Instant Due, TaskCompletionSource Done)> _queue = [];

    public DelayLine() => new Thread(Work) { IsBackground = true, Name = "delay line" }.Start();

    public Task UntilAsync(Instant due)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add((due, done));
        return done.Task;
    }

    public void Dispose() => _queue.Dispose();

    private void Work()
    {
        using var waiter = new PreciseWaiter(new MonotonicClock(0));
        foreach (var (due, done) in _queue.GetConsumingEnumerable())
        {
            waiter.WaitUntil(due, CancellationToken.None);
            done.SetResult();
        }
    }
}

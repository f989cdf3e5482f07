using System.Diagnostics;

namespace LoadLab.Tensors;

/// <summary>
/// A fixed set of threads that run numbered tasks. The caller is worker 0, so one thread means no thread of our own. Tasks are claimed in order;
/// who runs which never changes a result, because a task's arithmetic depends on its number only. An idle worker spins for a few
/// microseconds (the next kernel of a model follows at once) and then parks, leaving its core to the server.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    internal static readonly long SpinTicks = Stopwatch.Frequency / 65_000;   // about 15 microseconds

    private readonly Lock _runGate = new();
    private readonly object _wake = new();
    private readonly Thread[] _threads;
    private WorkerJob? _job;
    private int _parked;
    private volatile bool _stop;

    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        Workers = threads;
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"tensor worker {worker}" };
            _threads[i].Start();
        }
    }

    public int Workers { get; }

    /// <summary>Runs body(task, worker) for every task and returns when all are done.</summary>
    public void Run(int tasks, Action<int, int> body)
    {
        if (tasks <= 1 || _threads.Length == 0)
        {
            for (var task = 0; task < tasks; task++)
            {
                body(task, 0);
            }

            return;
        }

        lock (_runGate)
        {
            var job = new WorkerJob(tasks, body);
            Volatile.Write(ref _job, job);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _parked) > 0)
            {
                lock (_wake)
                {
                    Monitor.PulseAll(_wake);
                }
            }

            job.Help(0);
            job.WaitForOthers();
        }
    }

    public void Dispose()
    {
        _stop = true;
        lock (_wake)
        {
            Monitor.PulseAll(_wake);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work(int worker)
    {
        WorkerJob? done = null;
        while (Next(done) is { } job)
        {
            job.Help(worker);
            done = job;
        }
    }

    private WorkerJob? Next(WorkerJob? done)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            if (_stop)
            {
                return null;
            }

            if (Volatile.Read(ref _job) is { } job && job != done)
            {
                return job;
            }

            Thread.SpinWait(8);
        }

        lock (_wake)
        {
            Interlocked.Increment(ref _parked);
            while (!_stop && (_job is null || _job == done))
            {
                Monitor.Wait(_wake);
            }

            Interlocked.Decrement(ref _parked);
            return _stop ? null : _job;
        }
    }
}

using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace LoadLab.Tensors;

/// <summary>Numbered tasks that any worker may claim, and the wait for the last of them.</summary>
internal sealed class WorkerJob(int tasks, Action<int, int> body)
{
    private int _next = -1;
    private int _completed;
    private bool _callerWaits;
    private Exception? _failure;

    public void Help(int worker)
    {
        for (var task = Interlocked.Increment(ref _next); task < tasks; task = Interlocked.Increment(ref _next))
        {
            try
            {
                body(task, worker);
            }
            catch (Exception failure)
            {
                Interlocked.CompareExchange(ref _failure, failure, null);
            }

            if (Interlocked.Increment(ref _completed) == tasks && Volatile.Read(ref _callerWaits))
            {
                lock (this)
                {
                    Monitor.PulseAll(this);
                }
            }
        }
    }

    public void WaitForOthers()
    {
        var start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _completed) < tasks && Stopwatch.GetTimestamp() - start < WorkerPool.SpinTicks)
        {
            Thread.SpinWait(8);
        }

        lock (this)
        {
            Volatile.Write(ref _callerWaits, true);
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _completed) < tasks)
            {
                Monitor.Wait(this);
            }
        }

        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }
}

using System.Runtime.InteropServices;
using LoadLab.Core;

namespace LoadLab.Model.Server.Emulation;

/// <summary>
/// Runs actions at instants of the system's monotonic clock, in order, on one thread for every emulated replica of the process. It sleeps nearly always: to about
/// a millisecond before the next action by a lock that a new one can end, the rest by the system's precise sleep.
/// </summary>
/// <remarks>Bound: one action for each replica and each command on its way.</remarks>
internal sealed partial class TimerQueue : IDisposable
{
    /// <summary>A shorter wait is slept through: an action that comes meanwhile is late by at most this.</summary>
    private const long FineNanoseconds = 1_200_000;

    /// <summary>A wait on the lock ends late by less.</summary>
    private const long MarginNanoseconds = 200_000;

    private readonly object _gate = new();
    private readonly PriorityQueue<Action, (long Due, long Sequence)> _actions = new();
    private readonly Histogram _lateness = new();
    private readonly Thread _thread;
    private long _sequence;
    private bool _stopping;

    public TimerQueue()
    {
        _thread = new Thread(Run) { Name = "emulation", IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Actions with an instant of their own that were run. Any thread.</summary>
    public long Waits => _lateness.Count;

    /// <summary>How late actions with an instant of their own were run; null before the first. Any thread.</summary>
    /// <param name="share">In (0, 1]: 0.5 is the median.</param>
    public Duration? LatenessAt(double share) => _lateness.At(share);

    /// <summary>Runs the action at an instant of <see cref="MonotonicClock.SystemNanoseconds"/>; at once when that has passed.</summary>
    public void At(long systemNanoseconds, Action action)
    {
        lock (_gate)
        {
            var key = (systemNanoseconds, ++_sequence);
            _actions.Enqueue(action, key);
            if (_actions.TryPeek(out _, out var first) && first == key)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Runs the action at once, after those given before.</summary>
    public void Post(Action action) => At(0, action);

    /// <summary>Ends the thread; actions not yet due never run.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (Next(out var action, out var wait))
        {
            if (action is null)
            {
                Sleep(wait);
            }
            else
            {
                action();
            }
        }
    }

    /// <summary>False when the queue stops. An action that is due, or a last stretch to sleep through.</summary>
    private bool Next(out Action? action, out long wait)
    {
        (action, wait) = (null, 0);
        lock (_gate)
        {
            while (!_stopping)
            {
                if (!_actions.TryPeek(out _, out var first))
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                wait = first.Due - MonotonicClock.SystemNanoseconds;
                if (wait <= 0)
                {
                    action = _actions.Dequeue();
                    if (first.Due > 0)
                    {
                        _lateness.Add(new Duration(-wait));
                    }

                    return true;
                }

                if (wait <= FineNanoseconds)
                {
                    return true;
                }

                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Min((wait - MarginNanoseconds) / 1_000_000, 60_000)));
            }
        }

        return false;
    }

    private static void Sleep(long nanoseconds)
    {
        if (OperatingSystem.IsLinux() && IntPtr.Size == 8)
        {
            _ = NanoSleep(new TimeSpec(0, nanoseconds), 0);
            return;
        }

        var until = MonotonicClock.SystemNanoseconds + nanoseconds;
        while (MonotonicClock.SystemNanoseconds < until)
        {
            Thread.Yield();
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}

using LoadLab.Core;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Emulation;

/// <summary>What goes wrong with a batch.</summary>
internal enum Fault
{
    None,

    /// <summary>It throws between two steps.</summary>
    Throw,

    /// <summary>Its replica dies between two steps.</summary>
    Crash,

    /// <summary>It does not fit.</summary>
    OutOfMemory,
}

/// <summary>Decides which batches go wrong. Lives with the server and not with a replica, so that a fault that has killed its replica is not injected again. Thread-safe.</summary>
/// <remarks>Bound: jobs that were hit, one in FailEvery or CrashEvery; past 100,000 the oldest are forgotten.</remarks>
internal sealed class FaultPlan(FaultOptions options, Seed seed)
{
    private const int MostRemembered = 100_000;

    private readonly Lock _gate = new();
    private readonly HashSet<(Fault, JobId)> _hit = [];
    private readonly Queue<(Fault, JobId)> _order = new();
    private readonly Seed _throws = seed.Derive("fault-throw");
    private readonly Seed _crashes = seed.Derive("fault-crash");

    /// <summary>The fault of a batch that is about to start; asking counts as starting.</summary>
    public Fault Of(IReadOnlyList<JobId> jobs, IReadOnlyList<VideoTask> tasks)
    {
        if (options.OutOfMemoryAbove > 0 && jobs.Count > options.OutOfMemoryAbove)
        {
            return Fault.OutOfMemory;
        }

        if (options.Poison.Length > 0 && tasks.Any(task => task.Job.Prompt.Contains(options.Poison, StringComparison.OrdinalIgnoreCase)))
        {
            return Fault.Throw;
        }

        return Hits(jobs, _crashes, options.CrashEvery, Fault.Crash) ? Fault.Crash : Hits(jobs, _throws, options.FailEvery, Fault.Throw) ? Fault.Throw : Fault.None;
    }

    private bool Hits(IReadOnlyList<JobId> jobs, Seed stream, int every, Fault fault)
    {
        if (every == 0)
        {
            return false;
        }

        var hit = false;
        lock (_gate)
        {
            foreach (var job in jobs)
            {
                if (stream.Derive(job.Value).Value % (ulong)every == 0 && _hit.Add((fault, job)))
                {
                    hit = true;
                    _order.Enqueue((fault, job));
                }
            }

            while (_order.Count > MostRemembered)
            {
                _hit.Remove(_order.Dequeue());
            }
        }

        return hit;
    }
}

using LoadLab.Core;

namespace LoadLab.Serving;

/// <summary>Whoever answers for the jobs: an HTTP server, or the clients of a simulation. Called by the thread that runs the core.</summary>
public interface IJobHost
{
    /// <summary>An event is about to be handled: stage times and progress for whoever keeps clocks.</summary>
    void Seen(Instant now, ServingEvent e);

    /// <summary>A decision was taken and, where it concerns timers or replicas, already carried out.</summary>
    void Decided(Instant now, Decision d);
}

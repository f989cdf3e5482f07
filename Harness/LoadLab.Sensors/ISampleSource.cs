using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// Something that can be read again and again: the host, a control group, a process, a GPU. Reads happen on the sampler's thread only.
/// A source that finds its subject gone says so through <see cref="Counter.Stop"/> and stays quiet; it does not throw.
/// </summary>
public interface ISampleSource : IDisposable
{
    /// <summary>As in samples.csv: host, cgroup, engine, server, gpuN, replicaN.</summary>
    string Name { get; }

    /// <summary>Every counter this source has, also the absent ones with their reason. May grow while it is read.</summary>
    IReadOnlyCollection<Counter> Counters { get; }

    /// <summary>Reads what is due and adds the rows worth keeping.</summary>
    void Read(Instant now, ICollection<Sample> into);
}

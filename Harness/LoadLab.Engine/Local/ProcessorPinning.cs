using System.Diagnostics;

namespace LoadLab.Engine.Local;

/// <summary>
/// Keeps a server's computing off the processor that sends the load: the first processor this process may use stays with it, the others go to the server. With one processor
/// nothing is set.
/// </summary>
internal sealed class ProcessorPinning
{
    private readonly IReadOnlyList<int> _all;

    private ProcessorPinning(IReadOnlyList<int> all, IReadOnlyList<int> server)
    {
        _all = all;
        ServerProcessors = server;
    }

    /// <summary>Empty when nothing is set.</summary>
    public IReadOnlyList<int> ServerProcessors { get; }

    public static ProcessorPinning Plan(bool wanted)
    {
        var all = wanted ? Affinity.OfThisProcess() : [];
        return all.Count > 1 ? new ProcessorPinning(all, [.. all.Skip(1)]) : new ProcessorPinning([], []);
    }

    public void PinServer(Process server) => Set(server, ServerProcessors);

    public void PinThisProcess() => Set(Process.GetCurrentProcess(), [.. _all.Take(1)]);

    public void ReleaseThisProcess() => Set(Process.GetCurrentProcess(), _all);

    private static void Set(Process process, IReadOnlyList<int> processors)
    {
        if (processors.Count > 0)
        {
            Affinity.Set(process, processors);
        }
    }
}

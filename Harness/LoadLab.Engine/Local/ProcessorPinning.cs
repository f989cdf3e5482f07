using System.Diagnostics;

namespace LoadLab.Engine.Local;

/// <summary>
/// Keeps a server's computing off the processor that sends the load: the first processor this process may use stays with it, the others go to the server. With one processor
/// nothing is set. A server that pins its compute threads itself is not pinned as a whole: what else it does, such as answering requests, it may do on the first processor.
/// </summary>
internal sealed class ProcessorPinning
{
    private readonly IReadOnlyList<int> _all;
    private readonly bool _pinsItself;

    private ProcessorPinning(IReadOnlyList<int> all, IReadOnlyList<int> server, bool pinsItself = false) => (_all, ServerProcessors, _pinsItself) = (all, server, pinsItself);

    /// <summary>Where the server computes; empty when nothing is set.</summary>
    public IReadOnlyList<int> ServerProcessors { get; }

    public static ProcessorPinning Plan(LocalServerOptions options)
    {
        var all = options.Pin ? Affinity.OfThisProcess() : [];
        if (all.Count <= 1)
        {
            return new ProcessorPinning([], []);
        }

        // More threads than that would compute on the first as well.
        var threads = options.Threads ?? all.Count - 1;
        return options.PinsItself && threads < all.Count
            ? new ProcessorPinning(all, [.. all.TakeLast(threads)], pinsItself: true)
            : new ProcessorPinning(all, [.. all.Skip(1)]);
    }

    public void PinServer(Process server) => Set(server, _pinsItself ? [] : ServerProcessors);

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

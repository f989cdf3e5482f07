using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>The calls of several sources as one ordered stream.</summary>
public static class ArrivalSources
{
    /// <summary>Every call of every source in order of time, with the place of its source in the list; equal times stand in order of the list.</summary>
    public static IEnumerable<(Instant At, int Source)> InOrder(IReadOnlyList<LoadSource> sources)
    {
        var streams = sources.Select(source => source.Times().GetEnumerator()).ToArray();
        try
        {
            var next = new PriorityQueue<int, (Instant At, int Source)>();
            for (var source = 0; source < streams.Length; source++)
            {
                Advance(source);
            }

            while (next.TryDequeue(out var source, out var due))
            {
                yield return (due.At, source);
                Advance(source);
            }

            void Advance(int source)
            {
                if (streams[source].MoveNext())
                {
                    next.Enqueue(source, (streams[source].Current, source));
                }
            }
        }
        finally
        {
            Array.ForEach(streams, stream => stream.Dispose());
        }
    }
}

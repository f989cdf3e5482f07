using System.Globalization;
using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Batching;

/// <summary>
/// A policy told as a story: calls arrive, a replica that takes every batch in no time is free from some second on, timers wake. Calls are written "3b@0.1": three
/// items of shape b at 0.1 s (one of shape a when left out); batches come out as "1+3@10 delay": the items of each call, when and why.
/// </summary>
internal sealed class BatchStory(IBatchPolicy policy, int limit, double freeFrom = 0)
{
    private readonly List<Call> _waiting = [];
    private readonly List<string> _batches = [];

    public static BatchKey Key(char shape) => new(new ModelId("m"), 160, 96, 9 + (4 * (shape - 'a')), 8, true, "");

    /// <param name="calls">Separated by blanks, in order of time.</param>
    /// <returns>The batches, separated by "; ".</returns>
    public string Play(string calls)
    {
        var coming = new Queue<Call>(calls.Split(' ').Select(Parse));
        Instant? wake = null;
        while (coming.Count > 0 || wake is not null)
        {
            var next = coming.TryPeek(out var call) ? call.At : (Instant?)null;
            var now = next is null || wake < next ? wake!.Value : next.Value;
            while (coming.TryPeek(out call) && call.At == now)
            {
                _waiting.Add(coming.Dequeue());
            }

            var free = Instant.FromSeconds(freeFrom);
            wake = now >= free ? Run(now) : free;
            Assert.False(wake <= now, $"a wait at {now} that ends at {wake} would never end");
        }

        Assert.Empty(_waiting);
        return string.Join("; ", _batches);
    }

    private static Call Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var shape = char.IsLetter(text[at - 1]) ? text[at - 1] : 'a';
        return new Call(int.Parse(text[..at].TrimEnd('a', 'b'), CultureInfo.InvariantCulture), Key(shape), Instant.FromSeconds(double.Parse(text[(at + 1)..], CultureInfo.InvariantCulture)));
    }

    /// <summary>Runs what may run; the instant to ask again, null when nothing waits.</summary>
    private Instant? Run(Instant now)
    {
        Instant? wake = null;
        foreach (var line in policy.LinesByModel ? [[.. _waiting]] : _waiting.GroupBy(call => call.Key).Select(group => group.ToList()).ToList())
        {
            while (line.Count > 0)
            {
                var decision = Ask(now, line);
                if (decision.Count == 0)
                {
                    wake = wake is null || decision.Until < wake ? decision.Until : wake;
                    break;
                }

                var batch = line[..decision.Count];
                _batches.Add(string.Create(CultureInfo.InvariantCulture, $"{string.Join('+', batch.Select(call => call.Items))}@{now.Seconds} {decision.Reason}"));
                _waiting.RemoveAll(batch.Contains);
                line.RemoveRange(0, decision.Count);
            }
        }

        return wake;
    }

    private BatchDecision Ask(Instant now, List<Call> line)
    {
        var jobs = line.Select(call => new LineJob(call.Key, call.At)).ToArray();
        return policy is TritonBatching triton ? triton.Decide(now, jobs, line.Select(call => call.Items).ToArray(), limit) : policy.Decide(now, jobs, limit);
    }

    private sealed class Call(int items, BatchKey key, Instant at)
    {
        public int Items => items;

        public BatchKey Key => key;

        public Instant At => at;
    }
}

using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>
/// The same scenario played again and again with other draws. Replication 0 has the scenario's own seed; every other has one derived from it by number, so that arrivals
/// and service times of two replications are independent and more replications leave the first ones as they are.
/// </summary>
public static class Replications
{
    /// <param name="seed">Of the scenario.</param>
    /// <param name="number">From 0.</param>
    public static Seed SeedOf(Seed seed, int number) => number == 0 ? seed : seed.Derive("replication").Derive(number);

    /// <summary>What each replication gave, in order of number whatever the threads.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="threads">At most so many at a time; at least 1.</param>
    /// <param name="seed">Of the scenario.</param>
    /// <param name="play">Plays one; called on several threads at once.</param>
    public static IReadOnlyList<T> Run<T>(int count, int threads, Seed seed, Func<int, Seed, T> play)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var results = new T[count];
        var next = -1;
        var workers = Enumerable.Range(0, Math.Min(threads, count)).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(workers);
        return results;

        void Work()
        {
            for (int number; (number = Interlocked.Increment(ref next)) < count;)
            {
                results[number] = play(number, SeedOf(seed, number));
            }
        }
    }
}

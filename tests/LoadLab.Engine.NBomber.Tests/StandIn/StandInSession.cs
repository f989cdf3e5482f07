using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>
/// A stand-in for NBomber in tests, written from its public documentation: copies of one scenario run again and again until the scenario is stopped (its time is never over here).
/// It is not NBomber and what passes here is no claim about it.
/// </summary>
internal sealed class StandInSession(NBomberContext test) : IScenarioContext
{
    private readonly TaskCompletionSource _stop = new();

    /// <summary>Iterations and steps of the last session that ended, by the report folder it wrote to.</summary>
    public static Dictionary<string, (int Iterations, int Steps)> Ended { get; } = [];

    public int Steps;

    /// <summary>Ended so far.</summary>
    public int Iterations => Volatile.Read(ref _iterations);

    private int _iterations;

    public void StopScenario(string scenarioName, string reason) => _stop.TrySetResult();

    public void Run()
    {
        Task.WaitAll([.. Enumerable.Range(0, test.Scenario.Load!.Copies).Select(i => Task.Run(() => CopyAsync(i)))]);
        Directory.CreateDirectory(test.Folder!);
        foreach (var format in test.Formats)
        {
            File.WriteAllText(Path.Combine(test.Folder!, $"{test.File}.{format.ToString().ToLowerInvariant()}"), $"{_iterations} iterations, {Steps} steps");
        }

        lock (Ended)
        {
            Ended[test.Folder!] = (_iterations, Steps);
        }
    }

    private async Task CopyAsync(int index)
    {
        await Task.Delay(index % 50);
        while (!_stop.Task.IsCompleted)
        {
            try
            {
                await test.Scenario.Run(this);
            }
            catch (InvalidOperationException)
            {
                // Counted as a failed iteration.
            }

            Interlocked.Increment(ref _iterations);
        }
    }
}

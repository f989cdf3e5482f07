using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Observers;

/// <summary>
/// What Prometheus servers know of a target while a run plays, written as samples of source remote. Each server has a thread of its own beside the engine; the engine waits for none.
/// </summary>
public sealed class RemoteObservers : IDisposable
{
    private readonly List<ServerWatch> _servers = [];

    private RemoteObservers()
    {
    }

    /// <param name="options">What is asked, of whom and how often; nothing is legal.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="samples">Receives the rows of each round as it ends.</param>
    /// <exception cref="InputException">An environment variable that should hold a token is not set: every one that is missing.</exception>
    public static RemoteObservers Start(ObserveOptions options, MonotonicClock clock, SamplesWriter samples)
    {
        var problems = new Problems();
        var servers = options.Queries.GroupBy(query => (query.Server, query.KeyVariable)).Select(group => (Queries: group.ToList(), Token: Token(group.Key.KeyVariable, problems))).ToList();
        problems.ThrowIfAny();
        var observers = new RemoteObservers();
        observers._servers.AddRange(servers.Select(server => new ServerWatch(server.Queries, server.Token, clock, samples.Write)));
        return observers;
    }

    /// <summary>A last round, then the rounds that were missed are asked for. A line for each query says what was seen and what was not.</summary>
    public async Task<IReadOnlyList<string>> FinishAsync() => [.. (await Task.WhenAll(_servers.Select(server => server.FinishAsync())).ConfigureAwait(false)).SelectMany(lines => lines)];

    public void Dispose() => _servers.ForEach(server => server.Dispose());

    private static string? Token(string? variable, Problems problems)
    {
        if (variable is null)
        {
            return null;
        }

        var token = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(token) || token.Any(char.IsControl))
        {
            problems.Add(new Problem("environment", 0, variable, null, string.IsNullOrEmpty(token) ? "is not set" : "holds control characters", "set it to the token that target.observe names"));
        }

        return token;
    }
}

using NBomber.Contracts.Stats;

namespace NBomber.Contracts
{
    public interface IResponse;

    public sealed record Response<T>(bool IsError, string StatusCode, double LatencyMs) : IResponse;

    public interface IScenarioContext
    {
        void StopScenario(string scenarioName, string reason);
    }

    public sealed record ScenarioProps(string Name, Func<IScenarioContext, Task<IResponse>> Run)
    {
        public LoadSimulation? Load { get; init; }
    }

    public sealed record LoadSimulation(int Copies, TimeSpan During);

    public sealed record NBomberContext(ScenarioProps Scenario)
    {
        public string? Folder { get; init; }

        public string? File { get; init; }

        public IReadOnlyList<ReportFormat> Formats { get; init; } = [];
    }
}

namespace NBomber.Contracts.Stats
{
    public enum ReportFormat
    {
        Txt = 0,
        Html = 1,
        Csv = 2,
        Md = 3,
    }

    public sealed class NodeStats;
}

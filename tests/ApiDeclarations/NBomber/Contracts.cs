namespace NBomber.Contracts
{
    public interface IResponse
    {
    }

    public sealed class Response<T> : IResponse
    {
    }

    public interface IScenarioContext
    {
        void StopScenario(string scenarioName, string reason);
    }

    public sealed class ScenarioProps
    {
    }

    public sealed class LoadSimulation
    {
    }

    public sealed class NBomberContext
    {
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

    public sealed class NodeStats
    {
    }
}

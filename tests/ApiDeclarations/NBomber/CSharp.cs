using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber.CSharp;

// Members of NBomber 4.1.2 that 6.x has too, as its public documentation and the Apache-2.0 source of 4.1.2 tell them: what compiles here compiles there. Nothing here runs.
// The last argument of a response is latencyMs in 4.1.2 and customLatencyMs in 6.x, so it has no name of its own and is passed by position.
public static class Scenario
{
    public static ScenarioProps Create(string name, Func<IScenarioContext, Task<IResponse>> run) => throw null!;

    public static ScenarioProps WithoutWarmUp(this ScenarioProps scenario) => throw null!;

    public static ScenarioProps WithLoadSimulations(this ScenarioProps scenario, params LoadSimulation[] loadSimulations) => throw null!;

    public static ScenarioProps WithRestartIterationOnFail(this ScenarioProps scenario, bool shouldRestart) => throw null!;

    public static ScenarioProps WithMaxFailCount(this ScenarioProps scenario, int maxFailCount) => throw null!;
}

public static class Simulation
{
    public static LoadSimulation KeepConstant(int copies, TimeSpan during) => throw null!;
}

public static class Step
{
    public static Task<Response<T>> Run<T>(string name, IScenarioContext context, Func<Task<Response<T>>> run) => throw null!;
}

public static class Response
{
    public static Response<object> Ok() => throw null!;

    public static Response<T> Ok<T>(string statusCode = "", long sizeBytes = 0, string message = "", double positional = 0) => throw null!;

    public static Response<T> Fail<T>(string statusCode = "", string message = "", long sizeBytes = 0, double positional = 0) => throw null!;
}

public static class NBomberRunner
{
    public static NBomberContext RegisterScenarios(params ScenarioProps[] scenarios) => throw null!;

    public static NBomberContext WithTestSuite(this NBomberContext context, string testSuite) => throw null!;

    public static NBomberContext WithTestName(this NBomberContext context, string testName) => throw null!;

    public static NBomberContext WithReportFolder(this NBomberContext context, string reportFolderPath) => throw null!;

    public static NBomberContext WithReportFileName(this NBomberContext context, string reportFileName) => throw null!;

    public static NBomberContext WithReportFormats(this NBomberContext context, params ReportFormat[] reportFormats) => throw null!;

    public static NodeStats Run(this NBomberContext context) => throw null!;

    public static NodeStats Run(this NBomberContext context, params string[] args) => throw null!;
}

using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber.CSharp;

public static class Scenario
{
    public static ScenarioProps Create(string name, Func<IScenarioContext, Task<IResponse>> run) => new(name, run);

    public static ScenarioProps WithoutWarmUp(this ScenarioProps scenario) => scenario;

    public static ScenarioProps WithLoadSimulations(this ScenarioProps scenario, params LoadSimulation[] loadSimulations) => scenario with { Load = loadSimulations.Single() };

    public static ScenarioProps WithRestartIterationOnFail(this ScenarioProps scenario, bool shouldRestart) => scenario;

    public static ScenarioProps WithMaxFailCount(this ScenarioProps scenario, int maxFailCount) => scenario;
}

public static class Simulation
{
    public static LoadSimulation KeepConstant(int copies, TimeSpan during) => new(copies, during);
}

public static class Step
{
    public static async Task<Response<T>> Run<T>(string name, IScenarioContext context, Func<Task<Response<T>>> run)
    {
        var response = await run();
        Interlocked.Increment(ref ((StandInSession)context).Steps);
        return response;
    }
}

public static class Response
{
    public static Response<object> Ok() => new(false, "", 0);

    public static Response<T> Ok<T>(string statusCode = "", long sizeBytes = 0, string message = "", double positional = 0) => new(false, statusCode, positional);

    public static Response<T> Fail<T>(string statusCode = "", string message = "", long sizeBytes = 0, double positional = 0) => new(true, statusCode, positional);
}

public static class NBomberRunner
{
    public static NBomberContext RegisterScenarios(params ScenarioProps[] scenarios) => new(scenarios.Single());

    public static NBomberContext WithTestSuite(this NBomberContext context, string testSuite) => context;

    public static NBomberContext WithTestName(this NBomberContext context, string testName) => context;

    public static NBomberContext WithReportFolder(this NBomberContext context, string reportFolderPath) => context with { Folder = reportFolderPath };

    public static NBomberContext WithReportFileName(this NBomberContext context, string reportFileName) => context with { File = reportFileName };

    public static NBomberContext WithReportFormats(this NBomberContext context, params ReportFormat[] reportFormats) => context with { Formats = reportFormats };

    public static NodeStats Run(this NBomberContext context)
    {
        new StandInSession(context).Run();
        return new NodeStats();
    }

    /// <summary>A licence is refused; a test asks for that by giving one. "leave" runs the copies and ends after a call, as no engine should.</summary>
    public static NodeStats Run(this NBomberContext context, params string[] args)
    {
        if (args is not ["--license=leave"])
        {
            throw new InvalidOperationException("the licence is not valid\nand more lines");
        }

        var session = new StandInSession(context);
        _ = Task.Run(session.Run);
        SpinWait.SpinUntil(() => session.Iterations > 0, TimeSpan.FromMinutes(2));
        return new NodeStats();
    }
}

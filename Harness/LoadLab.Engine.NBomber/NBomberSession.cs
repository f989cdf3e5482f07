using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;

namespace LoadLab.Engine.NBomber;

/// <summary>
/// NBomber at work: one scenario with a constant number of copies, each of which takes a call from the pool and sends it as the step "call". Only members that 4.1.2 and 6.x
/// share are used; what differs in name only (the latency of a response) is passed by position.
/// </summary>
internal sealed class NBomberSession(CopyPool pool, IRunClock clock, NBomberOptions options)
{
    private const string ScenarioName = "loadlab";
    private const string StepName = "call";
    private const string Played = "the schedule was played";

    /// <summary>4.1.2 keeps latencies up to 100 minutes and fails past them; rows of calls.csv have no such bound.</summary>
    private const double LongestMs = 90 * 60_000;

    private IScenarioContext? _context;

    /// <summary>Blocks until NBomber has ended and written its reports.</summary>
    /// <param name="copies">Of the scenario.</param>
    /// <param name="longest">No run takes longer; it is ended before.</param>
    public void Run(int copies, Duration longest)
    {
        var scenario = Scenario.Create(ScenarioName, IterateAsync)
            .WithoutWarmUp()
            .WithRestartIterationOnFail(false)
            .WithMaxFailCount(int.MaxValue)
            .WithLoadSimulations(Simulation.KeepConstant(copies, longest.ToTimeSpan()));
        var context = NBomberRunner.RegisterScenarios(scenario)
            .WithTestSuite("LoadLab")
            .WithTestName(options.TestName)
            .WithReportFolder(options.ReportFolder)
            .WithReportFileName("nbomber")
            .WithReportFormats(ReportFormat.Html, ReportFormat.Csv, ReportFormat.Md, ReportFormat.Txt);
        _ = options.License is { } key ? context.Run($"--license={key}") : context.Run();
    }

    /// <summary>Asks NBomber to end; copies that wait must be let go afterwards.</summary>
    public void Stop() => Volatile.Read(ref _context)?.StopScenario(ScenarioName, Played);

    /// <summary>
    /// One iteration is one call. It lasts until the copy has its next one, so that a copy without further calls ends with its last iteration and NBomber counts no iteration
    /// that was no call.
    /// </summary>
    private async Task<IResponse> IterateAsync(IScenarioContext context)
    {
        Volatile.Write(ref _context, context);
        if (await pool.BeginAsync().ConfigureAwait(false) is not { } call)
        {
            context.StopScenario(ScenarioName, Played);
            return Response.Ok();
        }

        await Step.Run(StepName, context, () => SendAsync(call)).ConfigureAwait(false);
        if (await pool.NextAsync().ConfigureAwait(false) is { } next)
        {
            pool.Keep(next);
        }

        // Without code and size: NBomber counts those of the step and of the iteration together.
        return Answer(call.Record, told: false);
    }

    private async Task<Response<object>> SendAsync(RelayedCall call)
    {
        await call.PlayAsync().ConfigureAwait(false);
        return Answer(call.Record, told: true);
    }

    /// <summary>The outcome as NBomber counts it, with the latency from the intended time.</summary>
    private Response<object> Answer(CallRecord? record, bool told)
    {
        var outcome = record?.Outcome ?? Outcome.Unfinished;
        var code = told ? Words.Of(outcome) : "";
        var bytes = told ? record?.Bytes ?? 0 : 0;
        var latencyMs = record is null ? 0 : Math.Min(LongestMs, ((record.Completed ?? clock.Now) - record.Intended).Milliseconds);
        return outcome == Outcome.Completed
            ? Response.Ok<object>(code, bytes, "", latencyMs)
            : Response.Fail<object>(code, told ? record?.Reason ?? "never sent" : "", bytes, latencyMs);
    }
}

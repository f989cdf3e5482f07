using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests;

/// <summary>Tells the core events at instants and shows its decisions as short lines; keeps the journal of all of it.</summary>
internal sealed class Story : IDisposable
{
    public const string Model = "nano";
    private readonly ServingCore _core;
    private readonly MemoryStream _journal = new();
    private readonly JournalWriter _writer;

    /// <summary>The last event's decisions, whole.</summary>
    public IReadOnlyList<Decision> Last { get; private set; } = [];

    public Story(ServingOptions? serving = null, AutoscalerOptions? autoscaler = null, ServingPolicies? policies = null)
    {
        var header = new JournalHeader { Serving = serving ?? new ServingOptions { Model = new(Model) }, Autoscaler = autoscaler ?? new(), Seed = 42, EpochNs = 7 };
        _core = policies is null ? header.CreateCore() : new ServingCore(header.Serving, header.Autoscaler, new Seed(header.Seed), policies);
        _writer = new JournalWriter(_journal, header);
    }

    public void Dispose() => _writer.Dispose();

    public byte[] Journal => _journal.ToArray();

    public string[] At(double seconds, ServingEvent e)
    {
        var now = Instant.FromSeconds(seconds);
        _writer.Write(now, e);
        var decisions = _core.Handle(now, e).ToList();
        Last = decisions;
        decisions.ForEach(decision => _writer.Write(now, decision));
        return [.. decisions.Select(Line)];
    }

    public string[] Job(double seconds, int id, string model = Model) => At(seconds, new ServingEvent.Arrived(View(id, seconds, model)));

    public string[] Loaded(double seconds, int replica, string model = Model) => At(seconds, new ServingEvent.ModelLoaded(new(replica), new(model)));

    public string[] Done(double seconds, int replica, int batch) => At(seconds, new ServingEvent.BatchDone(new(replica), new(batch)));

    public string[] Cancel(double seconds, int job) => At(seconds, new ServingEvent.Cancelled(new(job)));

    /// <summary>The prompt's check passes.</summary>
    public string[] Allow(double seconds, int job) => At(seconds, new ServingEvent.SafetyChecked(new(job), SafetyPhase.Before, true, ""));

    public string[] Tick(double seconds, int number, string purpose = "autoscale") => At(seconds, new ServingEvent.TimerFired(purpose, number));

    public string[] Lost(double seconds, int replica, string cause = "crashed") => At(seconds, new ServingEvent.ReplicaLost(new(replica), cause));

    /// <summary>Replicas provisioned, ready and, if preloading, loaded.</summary>
    public Story Warm(double seconds = 0, int replicas = 1, bool preload = true)
    {
        At(seconds, new ServingEvent.Started());
        for (var i = 0; i < replicas; i++)
        {
            Join(seconds, i, preload);
        }

        return this;
    }

    public string[] Join(double seconds, int replica, bool preload = true)
    {
        At(seconds, new ServingEvent.ReplicaProvisioned(new(replica)));
        var decisions = At(seconds, new ServingEvent.ReplicaReady(new(replica)));
        return preload ? Loaded(seconds, replica) : decisions;
    }

    public ReplayResult Replay()
    {
        using var reader = JournalReader.Open(new MemoryStream(Journal), "decisions.jsonl");
        return JournalReplay.Verify(reader);
    }

    public static JobView View(int id, double seconds, string model = Model) => new()
    {
        Id = new(id),
        Received = Instant.FromSeconds(seconds),
        Model = new(model),
        Width = 160,
        Height = 96,
        Frames = 9,
        Steps = 8,
        PromptHash = "00ff",
    };

    private static string Line(Decision decision) => decision switch
    {
        Decision.Admit d => d.Serve is { } lighter ? $"admit {d.Job.Value} as {lighter.Name}: {d.Reason}" : $"admit {d.Job.Value}",
        Decision.Refuse d => $"refuse {d.Job.Value}: {d.Reason}",
        Decision.Reject d => $"reject {d.Job.Value}: {d.Reason}",
        Decision.Retry d => $"retry {d.Job.Value} at {d.At.Seconds}: {d.Reason}",
        Decision.Requeue d => $"requeue {d.Job.Value} from {d.FromStep}: {d.Reason}",
        Decision.Check d => $"check {d.Job.Value} {d.Phase}",
        Decision.PolicyFault d => $"fault {d.Policy}: {d.Detail}",
        Decision.Finish d => $"finish {d.Job.Value}",
        Decision.Fail d => $"fail {d.Job.Value}: {d.Reason}",
        Decision.Drop d => $"drop {d.Job.Value}",
        Decision.Provision d => $"provision r{d.Replica.Value}: {d.Reason}",
        Decision.Release d => $"release r{d.Replica.Value}: {d.Reason}",
        Decision.Load d => $"load r{d.Replica.Value} {d.Model.Name}: {d.Reason}",
        Decision.Unload d => $"unload r{d.Replica.Value} {d.Model.Name}",
        Decision.Start { FromStep: > 0 } d => $"start r{d.Replica.Value} b{d.Batch.Value} from {d.FromStep} [{string.Join(",", d.Jobs.Select(job => job.Value))}]",
        Decision.Start { Stage: not Stage.Whole } d => $"start r{d.Replica.Value} b{d.Batch.Value} {d.Stage} [{string.Join(",", d.Jobs.Select(job => job.Value))}]",
        Decision.Start d => $"start r{d.Replica.Value} b{d.Batch.Value} [{string.Join(",", d.Jobs.Select(job => job.Value))}]",
        Decision.Cancel d => $"cancel r{d.Replica.Value} b{d.Batch.Value} {d.Job.Value}",
        Decision.Preempt d => $"preempt r{d.Replica.Value} b{d.Batch.Value}",
        Decision.SetTimer d => $"timer {d.Purpose} {d.Number} at {d.At.Seconds}: {d.Reason}",
        Decision.CancelTimer d => $"untimer {d.Purpose} {d.Number}",
        _ => throw new InvalidOperationException(decision.ToString()),
    };
}

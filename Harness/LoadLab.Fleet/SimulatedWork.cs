using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>
/// The truth of a simulation: what each batch will take and whether it will fail. A batch's time is drawn by the stream of its first job, the same for every attempt,
/// so that two policies see the same times (common random numbers); hidden from every policy.
/// </summary>
internal sealed class SimulatedWork
{
    private readonly Schedule _schedule;
    private readonly int _calls;
    private readonly ServingOptions _serving;
    private readonly Seed _service;
    private readonly Seed _coldStart;
    private readonly TrueTime? _trueTime;
    private readonly Dictionary<long, ModelId> _served = [];
    private readonly RandomStream _draws = new(default);
    private readonly Dictionary<ReplicaKind, SimulatedWork> _kinds = [];
    private readonly ServiceProfile _profile;
    private readonly ServiceTimes _times;
    private readonly long? _memory;
    private bool _resumed;

    /// <summary>Throws <see cref="Core.Input.InputException"/> listing every shape of the schedule that the profile does not know.</summary>
    public SimulatedWork(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving, Seed seed, TrueTime? trueTime = null)
    {
        (_schedule, _calls, _profile, _serving, _trueTime) = (schedule, schedule.Calls.Count, profile, serving, trueTime);
        _service = seed.Derive("service");
        _coldStart = seed.Derive("cold-start");
        Faults = new SimulatedFaults(fleet.Faults, fleet.Spot, schedule, seed);
        _memory = fleet.MemoryBytes;
        _times = new ServiceTimes(profile, fleet);
        (Request, Answer, Dispatch) = (Overhead(profile.Overheads?.Request), Overhead(profile.Overheads?.Answer), Overhead(profile.Overheads?.Dispatch));
        if (fleet.Kinds.Count == 0)
        {
            _times.Require(schedule, serving);
        }

        foreach (var (kind, part) in KindProfiles.Of(profile, fleet))
        {
            _kinds.Add(kind.Kind, new SimulatedWork(this, part, fleet, kind));
        }

        KindProfiles.Require(schedule, serving, fleet, kind => _kinds[kind.Kind]._times);
    }

    /// <summary>The work of replicas of one kind: the draws and the attempts are those of all.</summary>
    private SimulatedWork(SimulatedWork all, ServiceProfile profile, FleetOptions fleet, KindOptions kind)
    {
        (_schedule, _calls, _serving, Faults, _service, _coldStart, _trueTime, _served) = (all._schedule, all._calls, all._serving, all.Faults, all._service, all._coldStart, all._trueTime, all._served);
        (_profile, _times, _memory) = (profile, new ServiceTimes(profile, fleet), kind.MemoryBytes);
        (Request, Answer, Dispatch) = (all.Request, all.Answer, all.Dispatch);
    }

    /// <summary>Time of a warm-up: what a replica's first batch after a load takes longer than the others. Never negative.</summary>
    public Duration WarmUp => Duration.FromSeconds(Math.Max(0, _profile.FirstCallPenaltyS));

    /// <summary>From a call's intended instant to the server's having it.</summary>
    public Duration Request { get; }

    /// <summary>From a call's end to its client's knowing of it.</summary>
    public Duration Answer { get; }

    /// <summary>From the end of a batch's decoding to its replica's being free for the next.</summary>
    public Duration Dispatch { get; }

    /// <summary>Bytes free on a replica without a model; null when nothing limits them.</summary>
    public long? FreeEmpty => _profile.Memory is null ? null : _memory;

    /// <summary>Bytes free on a replica with its model loaded; negative when the model does not fit. Null when nothing limits them.</summary>
    public long? FreeLoaded => FreeEmpty - (long)Math.Ceiling(_profile.Memory?.FixedBytes ?? 0);

    /// <summary>GPUs of a replica of a fleet without kinds: the most that an entry of the profile tells of.</summary>
    public int GpusOfReplica => _profile.GpusPerReplica;

    /// <summary>Whether a batch kept its time although a job of it was cancelled.</summary>
    public bool CutShort { get; set; }

    /// <summary>The work of replicas of that kind.</summary>
    public SimulatedWork Of(ReplicaKind kind) => _kinds.GetValueOrDefault(kind) ?? this;

    /// <summary>Whether each denoise step of the call runs a second, unconditional forward: always unless its guidance scale is 1.</summary>
    public static bool IsGuided(ScheduledCall call) => call.Guidance is not 1;

    public static Shape ShapeOf(ScheduledCall call) => new(call.Width, call.Height, call.Frames, call.Steps, IsGuided(call));

    /// <summary>A lighter model serves the job than the one asked for.</summary>
    public void Serve(JobId job, ModelId model) => _served[job.Value] = model;

    /// <summary>The model that serves the job.</summary>
    public string ServedModel(JobId job) => _served.Count > 0 && _served.TryGetValue(job.Value, out var lighter) ? lighter.Name : KindOf(job).Model;

    /// <summary>A replica's text cache; null when the server keeps none.</summary>
    public LruBytes<string>? NewCache() => _serving.TextCache.Bytes > 0 ? new LruBytes<string>(_serving.TextCache.Bytes) : null;

    /// <summary>What breaks, and what is taken away.</summary>
    public SimulatedFaults Faults { get; }

    /// <param name="jobs">Of one served model and shape; at least one.</param>
    /// <param name="stage">What runs of the batch.</param>
    /// <param name="fromStep">Denoise steps that were done before; above zero, the text's encoding was kept with them. Of a whole batch alone.</param>
    /// <param name="cold">Whether it is the replica's first batch since the load.</param>
    /// <param name="cache">The replica's text cache; looked into where text is encoded.</param>
    public BatchPlan Plan(ReadOnlySpan<JobId> jobs, Stage stage, int fromStep, bool cold, LruBytes<string>? cache)
    {
        var (first, shape) = (jobs[0], ShapeOf(KindOf(jobs[0])));
        var time = _times.Of(ServedModel(first), shape, jobs.Length);
        _draws.Restart(_service.Derive(IndexOf(first)).Derive("whole"));
        if (_trueTime is not null)
        {
            time = time with { Whole = new SampledTime { MeanS = _trueTime(IndexOf(first), jobs.Length, _draws) } };
        }

        var uniform = _draws.NextDouble();
        var ends = ProfileTimes.EndsOf(time, uniform, cold ? _profile.FirstCallPenaltyS : 0);
        var encoded = fromStep == 0 && stage is Stage.Whole or Stage.Text && cache is not null && Encoded(jobs, cache);
        var checkpoint = Faults.Spot.Checkpoint;
        var times = stage == Stage.Whole && (fromStep > 0 || checkpoint.Every > 0)
            ? StageTimes.Resumed(ends, encoded, shape.Steps, Math.Min(fromStep, shape.Steps), checkpoint)
            : StageTimes.Of(ends, stage, encoded, shape.Steps);
        _resumed |= fromStep > 0;
        return new BatchPlan(times, stage is Stage.Whole or Stage.Denoise ? FailureOf(jobs, shape, times) : null);
    }

    /// <summary>Time to load a model; zero for a profile without a cold start, which the result states.</summary>
    public Duration ColdStart(ReplicaId replica, int load) => _profile.ColdStart is { } time
        ? Positive(time.Draw(_coldStart.Derive(replica.Value).Derive(load).Stream("load").NextDouble()))
        : Duration.Zero;

    /// <summary>What was assumed for want of knowledge; after the run, for some of it shows only then.</summary>
    public IReadOnlyList<string> Assumptions(FleetOptions fleet) =>
    [
        .. _profile.Assumptions,
        .. Sentence(_profile.ColdStart is null, "Loading the model takes no time: the profile has no cold start."),
        .. Parts.SelectMany(part => part._times.Assumptions()).Distinct(),
        .. Sentence(Parts.Any(part => part.CutShort), "A batch takes as long as it would have when a job of it is cancelled."),
        .. Sentence(Parts.Any(part => part._resumed), "A batch that goes on from a denoise step encodes no text again and takes its share of the denoising and all of the decoding; of a profile without stages, its share of the whole."),
        .. Sentence(Parts.Any(part => part is { _memory: not null, _profile.Memory: null }), "Memory limits nothing: the profile has no law for it."),
        .. Sentence(_serving.TextCache.Bytes > 0 && _profile.Services.All(entry => entry.TextShare is null), "The text cache saves nothing: the profile does not tell the time of text encoding."),
        .. Sentence(_serving.Safety.Before is { Words.Count: > 0 }, "No word is refused: a simulation knows prompts by their hashes alone, and its check refuses by refusedShare."),
        .. Sentence(fleet.Faults is { FailedBatches: > 0 } or { PoisonShare: > 0 }, "A batch that fails has done a uniform share of its work."),
        .. ShapeFit.Notes(_schedule, _profile, fleet, _serving),
    ];

    /// <summary>The work by kind; of a fleet of one kind this one.</summary>
    private IEnumerable<SimulatedWork> Parts => _kinds.Count > 0 ? _kinds.Values : [this];

    private static IEnumerable<string> Sentence(bool holds, string sentence) => holds ? [sentence] : [];

    /// <summary>Every prompt is looked up, so that each is kept afterwards. One without a hash never is.</summary>
    private bool Encoded(ReadOnlySpan<JobId> jobs, LruBytes<string> cache)
    {
        var all = true;
        foreach (var job in jobs)
        {
            var prompt = _schedule.PromptHashOf(IndexOf(job));
            all &= prompt.Length > 0 && cache.Touch(prompt, _serving.TextCache.EntryBytes);
        }

        return all;
    }

    /// <summary>A batch that does not fit fails when its denoising begins; one that a fault strikes, somewhere in its time.</summary>
    private BatchFailure? FailureOf(ReadOnlySpan<JobId> jobs, Shape shape, StageTimes times)
    {
        // Asked in any case: an attempt is an attempt, whatever ends it.
        var strike = Faults.Strike(jobs);
        if (FreeEmpty is { } free && _profile.Memory!.BytesOf(shape, jobs.Length) is var needed && needed > free)
        {
            return new BatchFailure(times.TextEnd, "out-of-memory", FormattableString.Invariant($"a batch of {jobs.Length} needs {needed:0} of {free} bytes"));
        }

        return strike is { } fault ? new BatchFailure(times.End * fault.At, SimulatedFaults.Cause, fault.Detail) : null;
    }

    private ScheduledCall KindOf(JobId job) => _schedule.KindOf(IndexOf(job));

    /// <summary>A call that a broker delivers again is a job of its own, as many numbers on as there are calls.</summary>
    private int IndexOf(JobId job) => (int)(job.Value < _calls ? job.Value : job.Value % _calls);

    private static Duration Overhead(SampledTime? time) => Duration.FromSeconds(time?.MeanS ?? 0);

    private static Duration Positive(double seconds) => new(Math.Max(1, Duration.FromSeconds(seconds).Nanoseconds));
}

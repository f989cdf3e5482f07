using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;

namespace LoadLab.Model.Server.Emulation;

/// <summary>
/// What the replicas of one emulation have in common: times and bytes by the profile, divided by the speed. A job's time comes from a stream of its own, the one a
/// simulation of the same seed draws from. The timer queue's thread calls it.
/// </summary>
internal sealed class EmulatedWork(EmulationOptions options, Seed seed)
{
    private readonly ProfileTimes _times = new(options.Profile);
    private readonly Seed _service = seed.Derive("service");
    private readonly Seed _coldStart = seed.Derive("cold-start");

    public EmulationOptions Options => options;

    /// <summary>Bytes of a replica with its model loaded; 0 when the profile does not say.</summary>
    public long WeightBytes { get; } = (long)(options.Profile.Memory?.FixedBytes ?? 0);

    /// <summary>Null = memory never runs out.</summary>
    public long? CapacityBytes { get; } = options.Profile.Memory is null ? null : options.MemoryBytes;

    /// <summary>Peak bytes of a batch, weights included.</summary>
    public long PeakBytes(Shape shape, int batch) => (long)(options.Profile.Memory?.BytesOf(shape, batch) ?? 0);

    /// <summary>The tasks' shape as profiles write it.</summary>
    public static Shape ShapeOf(VideoTask task) => ServedModel.ShapeOf(task.Shape, ModelCatalog.Find(task.Model.Name)?.IsGuided(task.Job) ?? true);

    /// <summary>When the stages end, at the emulation's speed; null when the profile does not know the shape.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shape">Of every job of the batch.</param>
    /// <param name="jobs">The batch; its first job's stream is drawn from.</param>
    /// <param name="first">Whether the replica ran nothing since it loaded the model.</param>
    public StageEnds? TimesOf(ModelId model, Shape shape, IReadOnlyList<JobId> jobs, bool first)
    {
        if (_times.Find(model.Name, shape, jobs.Count) is not { } time)
        {
            return null;
        }

        var uniform = _service.Derive(jobs[0].Value).Stream("whole").NextDouble();
        var ends = ProfileTimes.EndsOf(time, uniform, first ? options.Profile.FirstCallPenaltyS : 0);
        return new StageEnds(Scaled(ends.TextEnd), Scaled(ends.DenoiseEnd), Scaled(ends.Whole), ends.IsSplit);
    }

    /// <summary>Time of a ping, at the emulation's speed: what a first call takes longer.</summary>
    public Duration WarmUp => Scaled(Duration.FromSeconds(Math.Max(0, options.Profile.FirstCallPenaltyS)));

    /// <summary>Time to load a model, at the emulation's speed.</summary>
    /// <param name="replica">Whose.</param>
    /// <param name="load">The replica's loads before.</param>
    public Duration ColdStart(ReplicaId replica, int load) => options.Profile.ColdStart is { } time
        ? Scaled(Duration.FromSeconds(time.Draw(_coldStart.Derive(replica.Value).Derive(load).Stream("load").NextDouble())))
        : Duration.Zero;

    private Duration Scaled(Duration time) => new((long)(time.Nanoseconds / options.Speed));
}

using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// Jobs of one shape going through the stages together: text, then denoising steps, then decoding job by job. Between stages it can go on elsewhere:
/// <see cref="Export"/>, then <see cref="WanPipeline.Import"/> there.
/// </summary>
public sealed class WanBatch : IDisposable
{
    private readonly bool[] _cancelled;

    // Of the stage reached: contexts, then a denoiser with its items, or finished latents from elsewhere. Null entries are cancelled jobs.
    private JobState?[]? _state;
    private DenoiseItem?[]? _items;
    private Denoiser? _denoiser;

    internal WanBatch(JobShape shape, IReadOnlyList<VideoJob> jobs)
    {
        Shape = shape;
        Jobs = jobs;
        _cancelled = new bool[jobs.Count];
    }

    public JobShape Shape { get; }

    public IReadOnlyList<VideoJob> Jobs { get; }

    /// <summary>Denoising steps done so far.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Latents sent through the transformer here so far: per step one a job that is not cancelled, two with guidance.</summary>
    public long ForwardsDone => _denoiser?.Forwards ?? 0;

    /// <summary>Calls of the transformer here so far: one a step, whatever the number of jobs.</summary>
    public long CallsDone => _denoiser?.Calls ?? 0;

    /// <summary>Text is encoded.</summary>
    public bool IsEncoded => _state is not null;

    /// <summary>Every step is done.</summary>
    public bool IsDenoised => IsEncoded && StepsDone == Shape.Steps;

    internal bool HasBegun => _denoiser is not null;

    public bool IsCancelled(int job) => _cancelled[job];

    /// <summary>Takes a job out between two steps; the others' results do not change.</summary>
    public void Cancel(int job)
    {
        _cancelled[job] = true;
        if (_items?[job] is { } item)
        {
            _items[job] = null;
            _denoiser!.Remove(item);
        }
    }

    /// <summary>What another pipeline of this model needs to go on with the jobs that are not cancelled; before the first step or after the last one.</summary>
    /// <exception cref="InvalidOperationException">The text is not encoded, or the batch stands between two steps.</exception>
    public BatchState Export()
    {
        var state = _state ?? throw new InvalidOperationException("there is nothing to hand over before the text is encoded");
        var jobs = Enumerable.Range(0, state.Length).Where(job => !_cancelled[job]);
        return StepsDone == 0 ? new BatchState(0, [.. jobs.Select(job => state[job]!)])
            : IsDenoised ? new BatchState(StepsDone, [.. jobs.Select(job => new JobState(null, null, Latent(job)))])
            : throw new InvalidOperationException($"a batch is handed over between stages, not at step {StepsDone} of {Shape.Steps}");
    }

    /// <summary>Frees what the batch holds on the device.</summary>
    public void Dispose() => _denoiser?.Dispose();

    /// <summary>Takes what the stage before left: contexts, or latents when all steps are done. Null for a job that was cancelled.</summary>
    internal void Enter(int stepsDone, IEnumerable<JobState?> jobs)
    {
        if (_state is not null)
        {
            throw new InvalidOperationException("the batch's text is already encoded");
        }

        _state = [.. jobs];
        StepsDone = stepsDone;
    }

    /// <summary>Makes what the first step needs of each job's context.</summary>
    internal void Begin(DitExperts experts, LatentGrid grid, NoiseSchedule schedule, Func<VideoJob, JobState, DenoiseItem> item)
    {
        var state = _state ?? throw new InvalidOperationException("encode the text before denoising");
        _items = [.. state.Select((context, job) => _cancelled[job] ? null : item(Jobs[job], context!))];
        _denoiser = new Denoiser(experts, grid, schedule, [.. _items.OfType<DenoiseItem>()]);
    }

    internal void Step()
    {
        _denoiser!.Step();
        StepsDone = _denoiser.StepsDone;
    }

    internal float[] Latent(int job) => IsDenoised && !_cancelled[job]
        ? _items?[job]?.Latent ?? _state![job]!.Latent!
        : throw new InvalidOperationException(_cancelled[job] ? $"job {job} was cancelled" : "decoding before the last denoising step");
}

using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Pipeline;

/// <summary>Jobs of one shape going through the stages together: text, then denoising steps, then decoding job by job.</summary>
public sealed class WanBatch : IDisposable
{
    private readonly bool[] _cancelled;
    private DenoiseItem[]? _items;
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
    public int StepsDone => _denoiser?.StepsDone ?? 0;

    /// <summary>Latents sent through the transformer so far: per step one a job, two with guidance.</summary>
    public long ForwardsDone => _denoiser?.Forwards ?? 0;

    /// <summary>Text is encoded.</summary>
    public bool IsEncoded => _items is not null;

    /// <summary>Every step is done.</summary>
    public bool IsDenoised => _denoiser is { IsDone: true };

    public bool IsCancelled(int job) => _cancelled[job];

    /// <summary>Takes a job out between two steps; the others' results do not change.</summary>
    public void Cancel(int job)
    {
        if (_cancelled[job])
        {
            return;
        }

        _cancelled[job] = true;
        if (_items is not null)
        {
            _denoiser!.Remove(_items[job]);
        }
    }

    /// <summary>Frees what the batch holds on the device.</summary>
    public void Dispose() => _denoiser?.Dispose();

    internal void Begin(DitExperts experts, LatentGrid grid, NoiseSchedule schedule, DenoiseItem[] items)
    {
        if (_items is not null)
        {
            throw new InvalidOperationException("the batch's text is already encoded");
        }

        _items = items;
        _denoiser = new Denoiser(experts, grid, schedule, [.. items.Where((_, job) => !_cancelled[job])]);
    }

    internal void Step() => (_denoiser ?? throw new InvalidOperationException("encode the text before denoising")).Step();

    internal float[] Latent(int job) => IsDenoised && !_cancelled[job]
        ? _items![job].Latent
        : throw new InvalidOperationException(_cancelled[job] ? $"job {job} was cancelled" : "decoding before the last denoising step");
}

using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Probe;

/// <summary>Denoising steps without end: when a clip's steps are done the same jobs begin again. Nothing is decoded.</summary>
internal sealed class StepLoop(WanPipeline pipeline, JobShape shape, IReadOnlyList<VideoJob> jobs) : IDisposable
{
    private readonly HashSet<int> _openings = Openings(pipeline.Model, shape);
    private WanBatch? _batch;

    /// <summary>Clips begun; the number of the present one, from 1.</summary>
    public int Clip { get; private set; }

    /// <summary>Number of the next step in its clip, from 0.</summary>
    public int Next => _batch?.StepsDone ?? 0;

    /// <summary>Whether the next step also computes what the later ones share, the text keys and values: the first of a clip, and of its second expert.</summary>
    public bool Opens => _openings.Contains(Next);

    /// <summary>Makes a next step possible; encodes text when a clip begins.</summary>
    public void Prepare()
    {
        if (_batch is { IsDenoised: false })
        {
            return;
        }

        Close();
        _batch = pipeline.Prepare(shape, jobs);
        pipeline.EncodeText(_batch);
        Clip++;
    }

    public void Step() => pipeline.DenoiseStep(_batch ?? throw new InvalidOperationException("prepare the step first"));

    /// <summary>Lets go of the clip that is under way; the next step begins another.</summary>
    public void Close()
    {
        _batch?.Dispose();
        _batch = null;
    }

    public void Dispose() => Close();

    private static HashSet<int> Openings(WanModelSpec model, JobShape shape)
    {
        var timesteps = NoiseSchedule.Create(shape.Solver ?? model.Solver, shape.Steps, shape.Shift ?? model.Shift).Timesteps;
        var boundary = (model.ExpertBoundary ?? 0) * 1000;
        return [0, .. Enumerable.Range(1, timesteps.Length - 1).Where(step => timesteps[step - 1] >= boundary && timesteps[step] < boundary)];
    }
}

using LoadLab.Model.Sampling;

namespace LoadLab.Model.Diffusion;

/// <summary>
/// Denoises a batch of latents of one shape step by step. Conditional and unconditional passes of all items are one forward of twice the batch.
/// Guidance: v = v_negative + s (v_positive - v_negative), in float32.
/// </summary>
internal sealed class Denoiser(DitExperts experts, LatentGrid grid, NoiseSchedule schedule, IReadOnlyList<DenoiseItem> items) : IDisposable
{
    private List<DenoiseItem> _items = Checked(items);
    private DitSession? _session;
    private DitModel? _sessionModel;

    /// <summary>Steps done so far.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Latents sent through the transformer so far: per step one an item, two with guidance.</summary>
    public long Forwards { get; private set; }

    public bool IsDone => StepsDone == schedule.Steps;

    /// <summary>Takes an item out; the rest goes on unchanged.</summary>
    public void Remove(DenoiseItem item)
    {
        _items = [.. _items.Where(other => other != item)];
        CloseSession();
    }

    /// <summary>One step for every item.</summary>
    public void Step(Action<DenoiseItem, float[]>? seeVelocity = null)
    {
        if (IsDone)
        {
            throw new InvalidOperationException($"all {schedule.Steps} steps are done");
        }

        var timestep = schedule.Timesteps[StepsDone];
        var (model, guidanceIndex) = experts.At(timestep);
        if (_items.Count > 0)
        {
            var velocities = model.Forward(Session(model), Latents(), TokenTimesteps.Common(timestep));
            Forwards += Rows;
            Advance(velocities, guidanceIndex, seeVelocity);
        }

        StepsDone++;
        if (IsDone)
        {
            CloseSession();
        }
    }

    public void Dispose() => CloseSession();

    private static List<DenoiseItem> Checked(IReadOnlyList<DenoiseItem> items)
    {
        return items.Select(item => item.Negative is null).Distinct().Count() <= 1
            ? [.. items]
            : throw new ArgumentException("a batch is guided or it is not: all items must agree");
    }

    private int Rows => _items.Count * (Guided ? 2 : 1);

    private bool Guided => _items[0].Negative is not null;

    private DitSession Session(DitModel model)
    {
        if (_session is not null && _sessionModel == model)
        {
            return _session;
        }

        CloseSession();
        var contexts = _items.Select(item => item.Positive);
        _session = model.Open(grid, [.. Guided ? contexts.Concat(_items.Select(item => item.Negative!)) : contexts]);
        _sessionModel = model;
        return _session;
    }

    // Conditional items first, then the same latents again for the unconditional pass.
    private float[] Latents()
    {
        var size = _items[0].Latent.Length;
        var latents = new float[Rows * size];
        for (var row = 0; row < Rows; row++)
        {
            _items[row % _items.Count].Latent.CopyTo(latents, row * size);
        }

        return latents;
    }

    private void Advance(float[] velocities, int guidanceIndex, Action<DenoiseItem, float[]>? seeVelocity)
    {
        var size = velocities.Length / Rows;
        for (var i = 0; i < _items.Count; i++)
        {
            var velocity = velocities.AsSpan(i * size, size).ToArray();
            if (Guided)
            {
                Guidance.Apply(velocity, velocities.AsSpan((_items.Count + i) * size, size), _items[i].Guidance[guidanceIndex]);
            }

            seeVelocity?.Invoke(_items[i], velocity);
            _items[i].Solver.Step(StepsDone, velocity, _items[i].Latent);
        }
    }

    private void CloseSession()
    {
        _session?.Dispose();
        _session = null;
    }
}

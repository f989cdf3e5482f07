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

    // One latent per row of the forward, kept from step to step.
    private float[] _latents = [];
    private float[] _velocities = [];

    /// <summary>Steps done so far.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Latents sent through the transformer so far: per step one an item, two with guidance.</summary>
    public long Forwards { get; private set; }

    /// <summary>Calls of the transformer so far: at most one a step.</summary>
    public long Calls { get; private set; }

    public bool IsDone => StepsDone == schedule.Steps;

    /// <summary>Takes an item out; the rest goes on unchanged.</summary>
    public void Remove(DenoiseItem item)
    {
        _items = [.. _items.Where(other => other != item)];
        CloseSession();
    }

    /// <summary>One step for every item. What <paramref name="seeVelocity"/> is shown lasts for its call.</summary>
    public void Step(Action<DenoiseItem, ReadOnlySpan<float>>? seeVelocity = null)
    {
        if (IsDone)
        {
            throw new InvalidOperationException($"all {schedule.Steps} steps are done");
        }

        var timestep = schedule.Timesteps[StepsDone];
        var (model, guidanceIndex) = experts.At(timestep);
        if (_items.Count > 0)
        {
            LoadLatents();
            model.Forward(Session(model), _latents, TokenTimesteps.Common(timestep), _velocities);
            Forwards += Rows;
            Calls++;
            Advance(guidanceIndex, seeVelocity);
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
    private void LoadLatents()
    {
        var size = _items[0].Latent.Length;
        if (_latents.Length != Rows * size)
        {
            _latents = new float[Rows * size];
            _velocities = new float[_latents.Length];
        }

        for (var row = 0; row < Rows; row++)
        {
            _items[row % _items.Count].Latent.CopyTo(_latents, row * size);
        }
    }

    private void Advance(int guidanceIndex, Action<DenoiseItem, ReadOnlySpan<float>>? seeVelocity)
    {
        var size = _velocities.Length / Rows;
        for (var i = 0; i < _items.Count; i++)
        {
            var velocity = _velocities.AsSpan(i * size, size);
            if (Guided)
            {
                Guidance.Apply(velocity, _velocities.AsSpan((_items.Count + i) * size, size), _items[i].Guidance[guidanceIndex]);
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

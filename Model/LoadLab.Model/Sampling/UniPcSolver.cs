namespace LoadLab.Model.Sampling;

/// <summary>
/// UniPC of order 2 with B(h) = e^-h - 1, predicting x0, corrected from the second step on. The corrector reuses the network's output at the uncorrected state;
/// predictors are of first order at the first and the last step. Source: Wan2.2 wan/utils/fm_solvers_unipc.py; Zhao et al. 2023, UniPC.
/// </summary>
internal sealed class UniPcSolver(NoiseSchedule schedule) : FlowSolver(schedule)
{
    // m_{i-1}, m_{i-2}: earlier denoised predictions; _base: the corrected state the last predictor started from, with its order.
    private float[]? _last;
    private float[]? _beforeLast;
    private float[]? _spare;
    private float[]? _base;
    private int _baseOrder;

    public override void Step(int step, ReadOnlySpan<float> velocity, Span<float> x)
    {
        var current = Denoised(step, velocity, x, _spare);
        if (step > 0)
        {
            Correct(step, current, x);
        }

        (_last, _beforeLast, _spare) = (current, _last, _beforeLast);
        _baseOrder = Math.Min(2, Math.Min(step + 1, Schedule.Steps - step));
        _base ??= new float[x.Length];
        x.CopyTo(_base);
        Predict(step, x);
    }

    private void Correct(int step, float[] current, Span<float> x)
    {
        var h = Lambda(step) - Lambda(step - 1);
        var p = Math.Exp(-h) - 1;
        var keep = Sigma(step) / Sigma(step - 1);
        var scale = Alpha(step) * p;
        var (fromHistory, fromCurrent) = CorrectorWeights(step, h, p);
        for (var i = 0; i < x.Length; i++)
        {
            double last = _last![i];
            var history = fromHistory == 0 ? 0 : fromHistory * (_beforeLast![i] - last);
            x[i] = (float)((keep * _base![i]) - (scale * last) - (scale * (history + (fromCurrent * (current[i] - last)))));
        }
    }

    // Weights of (m_{i-2} - m_{i-1}) and (m_i - m_{i-1}): c0/r and c1, where c0 + c1 = b1 and r c0 + c1 = b2.
    private (double FromHistory, double FromCurrent) CorrectorWeights(int step, double h, double p)
    {
        if (_baseOrder == 1)
        {
            return (0, 0.5);
        }

        var r = (Lambda(step - 2) - Lambda(step - 1)) / h;
        var g = -h;
        var b1 = ((p / g) - 1) / p;
        var b2 = 2 * ((((p / g) - 1) / g) - 0.5) / p;
        var c0 = (b1 - b2) / (1 - r);
        return (c0 / r, b1 - c0);
    }

    private void Predict(int step, Span<float> x)
    {
        if (step == Schedule.Steps - 1)
        {
            _last!.CopyTo(x);
            return;
        }

        var h = Lambda(step + 1) - Lambda(step);
        var keep = Sigma(step + 1) / Sigma(step);
        var scale = Alpha(step + 1) * (Math.Exp(-h) - 1);
        var slope = _baseOrder == 1 ? 0 : scale * 0.5 * h / (Lambda(step - 1) - Lambda(step));
        for (var i = 0; i < x.Length; i++)
        {
            double last = _last![i];
            var history = slope == 0 ? 0 : slope * (_beforeLast![i] - last);
            x[i] = (float)((keep * x[i]) - (scale * last) - history);
        }
    }
}

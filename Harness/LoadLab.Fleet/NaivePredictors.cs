using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>
/// What one would predict without a simulator, from the same schedule and the same profile: the service time alone, and the formula of a queue with fitted moments.
/// </summary>
internal sealed class NaivePredictors
{
    private readonly double _rate;
    private readonly double _arrivalVariation;
    private readonly double _replicas;
    private readonly int _batch;
    private readonly Mix _alone;
    private readonly Mix _together;

    /// <param name="calls">Give the arrival rate, the squared coefficient of variation of the gaps, and the mix of shapes.</param>
    /// <param name="profile">Gives mean and scatter of each shape's time.</param>
    /// <param name="replicas">Mean number in the recorded run, which flatters the formula where the fleet scales; above 0.</param>
    /// <param name="batch">Jobs that one forward may take.</param>
    public NaivePredictors(IReadOnlyList<ScheduledCall> calls, ServiceProfile profile, double replicas, int batch)
    {
        var gaps = calls.Zip(calls.Skip(1), (call, next) => (next.Intended - call.Intended).Seconds).ToList();
        var span = gaps.Sum();
        _rate = span > 0 ? gaps.Count / span : 0;
        _arrivalVariation = SquaredVariation([.. gaps.Select(gap => (gap, 1.0))]);
        (_replicas, _batch) = (replicas, batch);
        _alone = Mix.Of(calls, profile, 1);
        _together = batch > 1 ? Mix.Of(calls, profile, batch) : _alone;
    }

    /// <summary>No call waits.</summary>
    public FidelityFigures ServiceOnly() => Figures(_alone, 0, 0, _rate * _alone.Mean / _replicas);

    /// <summary>
    /// G/G/c by Allen and Cunneen: mean wait = the M/M/c's x (squared variation of the gaps + squared variation of the service) / 2, which is Lee and Longton's M/G/c (1 + CV^2) / 2 when
    /// arrivals are Poisson (A. M. Lee and P. A. Longton, Operational Research Quarterly 10, 1959; A. O. Allen, Probability, Statistics and Queueing Theory, 2nd ed. 1990). The wait of those
    /// who wait is taken as exponential, the service as the profile's. A replica that batches counts as as many servers as a batch may have jobs, each of the time of such a batch;
    /// a fleet that the load exceeds waits for ever.
    /// </summary>
    public FidelityFigures QueueFormula()
    {
        var servers = Math.Max(1, (int)Math.Round(_replicas * _batch));
        var offered = _rate * _together.Mean;
        if (offered >= servers)
        {
            return Figures(_together, 1, double.PositiveInfinity, 1);
        }

        var waits = ErlangC(servers, offered);
        var mean = waits * _together.Mean / (servers - offered) * (_arrivalVariation + _together.SquaredVariation) / 2;
        return Figures(_together, waits, mean, offered / servers);
    }

    /// <summary>Share of calls that wait in an M/M/c (A. K. Erlang 1917), by the recursion of Erlang's loss formula.</summary>
    /// <param name="servers">At least 1.</param>
    /// <param name="offered">Arrival rate x mean service; below <paramref name="servers"/>.</param>
    internal static double ErlangC(int servers, double offered)
    {
        var loss = 1.0;
        for (var n = 1; n <= servers; n++)
        {
            loss = offered * loss / (n + (offered * loss));
        }

        return servers * loss / (servers - (offered * (1 - loss)));
    }

    /// <summary>Time below which a share of the calls stay: wait (0, or exponential for those who wait) plus an independent service time.</summary>
    internal static double Quantile(IReadOnlyList<(double Seconds, double Weight)> services, double waits, double meanWait, double share)
    {
        if (double.IsInfinity(meanWait))
        {
            return double.PositiveInfinity;
        }

        var tail = waits > 0 && meanWait > 0 ? meanWait / waits : 0;
        double Beyond(double seconds) => services.Sum(service => service.Weight * (service.Seconds > seconds ? 1 : tail > 0 ? waits * Math.Exp((service.Seconds - seconds) / tail) : 0));
        var (low, high) = (0.0, services.Max(service => service.Seconds) + (tail * 60));
        for (var i = 0; i < 100; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Beyond(middle) > 1 - share + 1e-12 ? (middle, high) : (low, middle);
        }

        return high;
    }

    internal static double SquaredVariation(IReadOnlyList<(double Value, double Weight)> values)
    {
        var weight = values.Sum(value => value.Weight);
        var mean = values.Sum(value => value.Value * value.Weight) / weight;
        return mean > 0 ? values.Sum(value => value.Weight * (value.Value - mean) * (value.Value - mean)) / weight / (mean * mean) : 0;
    }

    private FidelityFigures Figures(Mix mix, double waits, double meanWait, double busy)
    {
        double At(double share) => Quantile(mix.Services, waits, meanWait, share);
        return new FidelityFigures(meanWait + mix.Mean, At(0.50), At(0.95), At(0.99), meanWait, mix.Mean, double.IsInfinity(meanWait) ? _replicas * _batch / mix.Mean : _rate, Math.Min(1, busy));
    }

    /// <summary>The service times of a schedule's calls with their shares.</summary>
    private sealed record Mix(IReadOnlyList<(double Seconds, double Weight)> Services)
    {
        public double Mean { get; } = Services.Sum(service => service.Seconds * service.Weight);

        public double SquaredVariation { get; } = NaivePredictors.SquaredVariation(Services);

        /// <summary>A batch that the profile lacks takes as many times a single job's time, as in a simulation.</summary>
        public static Mix Of(IReadOnlyList<ScheduledCall> calls, ServiceProfile profile, int batch)
        {
            var times = new ProfileTimes(profile);
            var shapes = calls.GroupBy(call => (call.Model, Shape: SimulatedWork.ShapeOf(call))).Select(group => (group.Key.Model, group.Key.Shape, Share: group.Count() / (double)calls.Count));
            return new Mix([.. shapes.SelectMany(shape => Scattered(times.Find(shape.Model, shape.Shape, batch)!.Whole, shape.Share))]);
        }

        private static IEnumerable<(double Seconds, double Weight)> Scattered(SampledTime time, double share) =>
            time.Ratios.Count == 0 ? [(time.MeanS, share)] : time.Ratios.Select(ratio => (time.MeanS * ratio, share / time.Ratios.Count));
    }
}

namespace LoadLab.Planning.Theory;

/// <summary>Closed forms of queueing theory. Rates are per second, times in seconds; every queue is first come, first served and stable (load below 1) unless said otherwise.</summary>
public static class QueueFormulas
{
    /// <summary>Share refused by <paramref name="servers"/> servers without a queue: B_k = a B / (k + a B).</summary>
    public static double ErlangB(double erlangs, int servers)
    {
        var blocked = 1.0;
        for (var k = 1; k <= servers; k++)
        {
            blocked = erlangs * blocked / (k + (erlangs * blocked));
        }

        return blocked;
    }

    /// <summary>M/M/c: probability that a call waits, C = B / (1 - rho (1 - B)).</summary>
    public static double ErlangC(double rate, double serviceRate, int servers)
    {
        var load = rate / (serviceRate * servers);
        var blocked = ErlangB(rate / serviceRate, servers);
        return blocked / (1 - (load * (1 - blocked)));
    }

    /// <summary>M/M/c: mean wait, C / (c mu - lambda).</summary>
    public static double MeanWait(double rate, double serviceRate, int servers) => ErlangC(rate, serviceRate, servers) / ((servers * serviceRate) - rate);

    /// <summary>M/M/c: P(wait > t) = C e^-(c mu - lambda) t.</summary>
    public static double WaitTail(double rate, double serviceRate, int servers, double seconds) =>
        ErlangC(rate, serviceRate, servers) * Math.Exp(-((servers * serviceRate) - rate) * seconds);

    /// <summary>M/M/c: the wait that the share <paramref name="share"/> of calls does not pass; the share is above 1 - C.</summary>
    public static double WaitPercentile(double rate, double serviceRate, int servers, double share) =>
        Math.Log(ErlangC(rate, serviceRate, servers) / (1 - share)) / ((servers * serviceRate) - rate);

    /// <summary>M/M/c/K: refused share, mean number in the system, mean wait of those let in.</summary>
    /// <param name="rate">Of all arrivals.</param>
    /// <param name="serviceRate">Of one server.</param>
    /// <param name="servers">c.</param>
    /// <param name="places">K, servers included.</param>
    public static (double Blocked, double InSystem, double Wait) Bounded(double rate, double serviceRate, int servers, int places)
    {
        var weights = new double[places + 1];
        weights[0] = 1;
        for (var n = 1; n <= places; n++)
        {
            weights[n] = weights[n - 1] * rate / (serviceRate * Math.Min(n, servers));
        }

        var total = weights.Sum();
        var blocked = weights[places] / total;
        var inSystem = weights.Select((weight, n) => n * weight).Sum() / total;
        return (blocked, inSystem, (inSystem / (rate * (1 - blocked))) - (1 / serviceRate));
    }

    /// <summary>M/G/1: mean wait lambda E[S^2] / 2 (1 - rho), Pollaczek and Khinchine.</summary>
    public static double PollaczekKhinchine(double rate, double mean, double secondMoment) => rate * secondMoment / (2 * (1 - (rate * mean)));

    /// <summary>M/G/1 with priorities without interruption (Cobham): mean wait of class <paramref name="k"/>, 0 first, all classes of one service law.</summary>
    public static double PriorityWait(IReadOnlyList<double> rates, double mean, double secondMoment, int k) =>
        rates.Sum() * secondMoment / 2 / Room(rates, mean, k);

    /// <summary>M/M/c with priorities without interruption: mean wait of class <paramref name="k"/>.</summary>
    public static double MarkovPriorityWait(IReadOnlyList<double> rates, double serviceRate, int servers, int k) =>
        ErlangC(rates.Sum(), serviceRate, servers) / (servers * serviceRate) / Room(rates, 1 / (servers * serviceRate), k);

    /// <summary>M/G/1 with priorities, interrupted work resumed: mean sojourn of class <paramref name="k"/>.</summary>
    public static double PreemptiveSojourn(IReadOnlyList<double> rates, double mean, double secondMoment, int k) =>
        (mean / (1 - (rates.Take(k).Sum() * mean))) + (rates.Take(k + 1).Sum() * secondMoment / 2 / Room(rates, mean, k));

    /// <summary>A window batcher with a server free at all times: mean batch size, 1 + sum over k from 0 to b - 2 of P(Poisson(lambda T) > k).</summary>
    public static double WindowBatch(double rate, double windowS, int most) =>
        1 + Enumerable.Range(0, most - 1).Sum(k => PoissonAbove(rate * windowS, k));

    /// <summary>And the mean wait for the batch to leave: sum of (k + 1) P(Poisson(lambda T) > k) / lambda, over the mean size.</summary>
    public static double WindowWait(double rate, double windowS, int most) =>
        Enumerable.Range(0, most - 1).Sum(k => (k + 1) * PoissonAbove(rate * windowS, k)) / rate / WindowBatch(rate, windowS, most);

    /// <summary>M/G/1 whose server is switched off after idling <paramref name="keepAliveS"/> and takes a fixed set-up for the next call: mean wait.</summary>
    public static double ColdWait(double rate, double mean, double secondMoment, double keepAliveS, double setUpS)
    {
        var off = Math.Exp(-rate * keepAliveS);
        return PollaczekKhinchine(rate, mean, secondMoment) + (off * ((2 * setUpS) + (rate * setUpS * setUpS)) / (2 * (1 + (rate * off * setUpS))));
    }

    /// <summary>And the share of calls that find it off.</summary>
    public static double ColdShare(double rate, double mean, double keepAliveS, double setUpS)
    {
        var off = Math.Exp(-rate * keepAliveS);
        return off * (1 - (rate * mean)) / (1 + (rate * off * setUpS));
    }

    /// <summary>Moments of the time from start to end of a service that breaks at a rate while it runs, is repaired in a fixed time and goes on.</summary>
    public static (double Mean, double SecondMoment) BrokenService(double mean, double secondMoment, double breakRate, double repairS)
    {
        var stretch = 1 + (breakRate * repairS);
        return (mean * stretch, (secondMoment * stretch * stretch) + (breakRate * repairS * repairS * mean));
    }

    /// <summary>Mean time from first start to end of work that starts over after each reclamation: (1 / xi + R)(e^(xi D) - 1).</summary>
    public static double RestartedTime(double workS, double reclaimRate, double awayS) => ((1 / reclaimRate) + awayS) * (Math.Exp(reclaimRate * workS) - 1);

    /// <summary>And its mean number of attempts, e^(xi D).</summary>
    public static double RestartedAttempts(double workS, double reclaimRate) => Math.Exp(reclaimRate * workS);

    /// <summary>Inoue's bound of the mean sojourn of a server that takes all who wait, a batch of m in tau + alpha m: min(phi0, phi1).</summary>
    public static double InoueBound(double rate, double fixedS, double slopeS)
    {
        var (la, lt) = (rate * slopeS, rate * fixedS);
        var phi0 = (slopeS + fixedS) / (2 * (1 - la)) * (1 + (2 * lt) + ((1 - lt) / (1 + la)));
        var phi1 = (1.5 * fixedS / (1 - la)) + (slopeS / 2 * (la + 2) / (1 - (la * la)));
        return Math.Min(phi0, phi1);
    }

    /// <summary>P(Poisson(mean) > k).</summary>
    internal static double PoissonAbove(double mean, int k)
    {
        var (term, sum) = (Math.Exp(-mean), 0.0);
        for (var i = 0; i <= k; i++)
        {
            sum += term;
            term *= mean / (i + 1);
        }

        return 1 - sum;
    }

    /// <summary>(1 - sigma of the classes before k)(1 - sigma of those up to k).</summary>
    private static double Room(IReadOnlyList<double> rates, double mean, int k) =>
        (1 - (rates.Take(k).Sum() * mean)) * (1 - (rates.Take(k + 1).Sum() * mean));
}

namespace LoadLab.Engine.Polling;

/// <summary>
/// What is known of how long the jobs of one kind take: an actuary's table, in bins of age 2 % wide, of the time that jobs spent there alive and of those that ended there.
/// Pending jobs count with the ages they have reached (Nelson-Aalen: the share ended by an age is 1 - exp(-sum of ended / alive)), so the first few ends of ten thousand
/// jobs do not pass for the whole. An end that was only bracketed is spread evenly over its bracket. Old jobs fade: a thousand ends later one counts 1/e. Not thread-safe.
/// </summary>
internal sealed class LifeTable
{
    private const int Bins = 1000;
    private const double LeastAge = 0.01;
    private const double LogStep = 0.02;

    /// <summary>Fewer jobs at an age say too little of what happens there.</summary>
    private const double LeastAlive = 20;

    /// <summary>How much more the next job counts.</summary>
    private const double Growth = 1.001;

    /// <summary>Where a job ended before it was first asked about, it is taken to have ended not long before: the table follows a service that became faster by steps.</summary>
    private const double LongestBracket = 1.5;

    private readonly double[] _alive = new double[Bins];
    private readonly double[] _ended = new double[Bins];

    /// <summary>Sum of ended / alive below each bin's lower edge.</summary>
    private readonly double[] _hazard = new double[Bins + 1];
    private double _weight = 1;
    private int _known;

    /// <summary>Seconds of age up to which enough jobs have been seen; zero at first.</summary>
    public double Frontier => _known == 0 ? 0 : AgeAt(_known);

    /// <summary>A job was alive at both ages.</summary>
    public void Survived(double from, double to)
    {
        var (low, high) = (PlaceOf(from), PlaceOf(to));
        for (var bin = (int)low; bin < Bins && bin < high; bin++)
        {
            _alive[bin] += _weight * (Math.Min(high, bin + 1) - Math.Max(low, bin));
        }
    }

    /// <summary>A job was alive at one age and had ended at the other.</summary>
    public void Ended(double from, double to)
    {
        var alive = Math.Max(from, to / LongestBracket);
        Survived(from, alive);
        Spread(PlaceOf(alive), Math.Max(PlaceOf(to), PlaceOf(alive) + 1e-6));
        _weight *= Growth;
        if (_weight > 1e100)
        {
            Rescale();
        }
    }

    /// <summary>Takes what was added into the answers.</summary>
    public void Refresh()
    {
        _known = 0;
        while (_known < Bins && _alive[_known] >= LeastAlive * _weight)
        {
            _hazard[_known + 1] = _hazard[_known] + (_ended[_known] / _alive[_known]);
            _known++;
        }
    }

    /// <summary>Share of jobs that end by an age, up to what is known.</summary>
    public double ShareEndedBy(double age) => 1 - Math.Exp(-HazardAt(PlaceOf(age)));

    /// <summary>The age by which a share of the jobs has ended, or the frontier.</summary>
    public double AgeOf(double share)
    {
        var hazard = -Math.Log(1 - share);
        if (_hazard[_known] <= hazard)
        {
            return Frontier;
        }

        var found = Array.BinarySearch(_hazard, 0, _known + 1, hazard);
        var bin = found >= 0 ? found : ~found - 1;
        while (bin > 0 && _hazard[bin - 1] >= hazard)
        {
            bin--;
        }

        return AgeAt(bin + ((hazard - _hazard[bin]) / Math.Max(_hazard[bin + 1] - _hazard[bin], 1e-12)));
    }

    /// <summary>Spreads one end over its bracket as the table has it so far (Turnbull's self-consistency), with a part evenly, so that it can learn otherwise.</summary>
    private void Spread(double low, double high)
    {
        const double Evenly = 0.1;
        var known = Math.Max(MassBetween(low, high), 1e-12);
        var alive = 1.0;
        for (var bin = (int)low; bin < Bins && bin < high; bin++)
        {
            var (start, end) = (Math.Max(low, bin), Math.Min(high, bin + 1));
            var mass = ((1 - Evenly) * MassBetween(start, end) / known) + (Evenly * (end - start) / (high - low));
            _ended[bin] += _weight * mass;
            _alive[bin] += _weight * (end - start) * (alive - (mass / 2));
            alive -= mass;
        }
    }

    /// <summary>Share of jobs that end between two places; beyond what is known, as if they ended evenly.</summary>
    private double MassBetween(double low, double high) =>
        high < _known ? Math.Exp(-HazardAt(low)) - Math.Exp(-HazardAt(high)) : high - low;

    private double HazardAt(double place)
    {
        if (place >= _known)
        {
            return _hazard[_known];
        }

        var bin = (int)place;
        return _hazard[bin] + ((place - bin) * (_hazard[bin + 1] - _hazard[bin]));
    }

    private static double PlaceOf(double age) => age <= LeastAge ? 0 : Math.Log(age / LeastAge) / LogStep;

    private static double AgeAt(double place) => LeastAge * Math.Exp(place * LogStep);

    private void Rescale()
    {
        for (var bin = 0; bin < Bins; bin++)
        {
            _alive[bin] /= _weight;
            _ended[bin] /= _weight;
        }

        _weight = 1;
    }
}

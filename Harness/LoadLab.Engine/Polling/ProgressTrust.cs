namespace LoadLab.Engine.Polling;

/// <summary>Whether the progress that a service reports of one kind of job has foretold its ends: believed after some forty that came true, doubted after two in a row that did not.</summary>
internal sealed class ProgressTrust
{
    private const double Newest = 0.06;
    private const double Enough = 0.9;

    /// <summary>How far off a forecast may be, as a share of the time it looked ahead.</summary>
    private const double Tolerance = 0.25;

    private double _share;

    public bool Earned => _share >= Enough;

    /// <summary>A job expected to end at one age was still pending at another.</summary>
    /// <param name="line">As it stood when the age was foretold.</param>
    /// <param name="age">When it was found pending.</param>
    /// <param name="least">Differences below this are the polls' own.</param>
    public void Pending(in ProgressLine line, double age, double least)
    {
        if (line.End is { } end && age > end + Math.Max(least, Tolerance * (end - line.ReadAt)))
        {
            Score(0);
        }
    }

    /// <summary>A job had ended by an age.</summary>
    public void Ended(in ProgressLine line, double age, double least)
    {
        if (line.End is { } end)
        {
            Score(Math.Abs(end - age) <= Math.Max(least, Tolerance * (end - line.ReadAt)) ? 1 : 0);
        }
    }

    private void Score(double kept) => _share += Newest * (kept - _share);
}

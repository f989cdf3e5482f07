namespace LoadLab.Engine.Polling;

/// <summary>The line through the first and the last progress that a service reported of a job. Ages in seconds, progress as a share.</summary>
internal struct ProgressLine
{
    private double _firstAge;
    private double _firstShare;
    private double _lastAge;
    private double _lastShare;
    private bool _begun;

    /// <summary>The age of the last reading.</summary>
    public readonly double ReadAt => _lastAge;

    /// <summary>The age at which the line reaches the end; null while it does not rise.</summary>
    public readonly double? End => _lastShare > _firstShare
        ? _lastAge + ((1 - _lastShare) * (_lastAge - _firstAge) / (_lastShare - _firstShare))
        : null;

    /// <summary>Takes a reading. One that falls behind the last begins a new line: the job was started again.</summary>
    public void Read(double age, double share)
    {
        if (share is not (>= 0 and <= 1))
        {
            return;
        }

        if (!_begun || share < _lastShare || _lastShare == 0)
        {
            (_firstAge, _firstShare, _begun) = (age, share, true);
        }

        (_lastAge, _lastShare) = (age, share);
    }
}

using LoadLab.Core;

namespace LoadLab.Model.Server.Metrics;

/// <summary>Lines for people, at most one a second however many there are to say; a writer that fails is no reason to stop. Thread-safe.</summary>
internal sealed class PacedLines(TextWriter writer)
{
    private const int MaxLength = 400;
    private static readonly Duration s_pace = Duration.FromSeconds(1);

    private readonly Lock _gate = new();
    private Instant? _said;
    private long _unsaid;

    /// <param name="now">On any clock, the same for all calls.</param>
    /// <param name="line">Made one line and cut when it is too long.</param>
    public void Say(Instant now, string line)
    {
        lock (_gate)
        {
            if (_said is { } said && now - said < s_pace)
            {
                _unsaid++;
                return;
            }

            _said = now;
            var one = line.ReplaceLineEndings(" ");
            Write((one.Length > MaxLength ? one[..MaxLength] : one) + (_unsaid > 0 ? $" (and {_unsaid} more since the last line)" : ""));
            _unsaid = 0;
        }
    }

    private void Write(string line)
    {
        try
        {
            writer.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody reads any more.
        }
    }
}

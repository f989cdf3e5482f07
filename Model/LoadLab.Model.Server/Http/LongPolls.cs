namespace LoadLab.Model.Server.Http;

/// <summary>Counts the requests that are held until something happens. Thread-safe.</summary>
internal sealed class LongPolls(int most)
{
    private int _held;

    /// <summary>Takes a place; false when all are taken.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _held) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _held);
}

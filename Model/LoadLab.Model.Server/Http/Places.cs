namespace LoadLab.Model.Server.Http;

/// <summary>A bounded number of requests that wait for something at once. Thread-safe.</summary>
internal sealed class Places(int most)
{
    private int _taken;

    /// <summary>Takes a place; false when all are taken.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _taken) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _taken);
}

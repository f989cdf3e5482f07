namespace LoadLab.Model.Pipeline;

/// <summary>A network that is resident, or loaded when asked for and freed when its stage is over.</summary>
internal sealed class OnDemand<T>(bool isResident, Func<T> load) : IDisposable
    where T : class, IDisposable
{
    private T? _network;

    /// <summary>The network, loaded now if it is not there; what goes wrong while loading leaves nothing behind.</summary>
    public T Get() => _network ??= load();

    /// <summary>Loads what is resident; the cold start.</summary>
    public void Start()
    {
        if (isResident)
        {
            Get();
        }
    }

    /// <summary>Frees what is not resident.</summary>
    public void Release()
    {
        if (!isResident)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _network?.Dispose();
        _network = null;
    }
}

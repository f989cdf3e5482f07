namespace LoadLab.Model.Server.Metrics;

/// <summary>What does not change while the server runs, the affinity excepted: it is known once the replica's thread has set it.</summary>
internal sealed class ServerFacts(string version, string model, int threads)
{
    private volatile string _affinity = "not set yet";

    public string Version => version;

    public string Model => model;

    public int Threads => threads;

    public string Affinity
    {
        get => _affinity;
        set => _affinity = value;
    }
}

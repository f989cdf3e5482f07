using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>A replica of this server: computes or waits, on a thread of this process or in a process of its own. Posts ReplicaReady once and ReplicaLost as its last event.</summary>
internal interface ILiveReplica : IReplica, IReplicaFacts, IDisposable
{
    /// <summary>Whether it does nothing any more. Any thread.</summary>
    bool HasEnded { get; }

    /// <summary>Ends after the work given so far.</summary>
    void Leave(string cause);
}

using System.Net;
using System.Net.Sockets;

namespace LoadLab.Testing;

/// <summary>A loopback port that is taken and at which nobody listens: connections are refused, and no other program of the machine can come to listen there meanwhile.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _holder = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_holder.LocalEndPoint!).Port}/");

    public void Dispose() => _holder.Dispose();
}

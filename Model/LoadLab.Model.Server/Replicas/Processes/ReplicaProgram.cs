using System.ComponentModel;
using System.Diagnostics;

namespace LoadLab.Model.Server.Replicas.Processes;

/// <summary>How a replica is started as a process of its own.</summary>
/// <param name="File">The program.</param>
/// <param name="Arguments">What makes it a replica like its server's; the address where its server waits is added.</param>
public sealed record ReplicaProgram(string File, IReadOnlyList<string> Arguments)
{
    /// <param name="address">Where its server waits.</param>
    /// <param name="computes">Whether it computes: its code is then compiled once and for good, so that times do not change while it runs. Otherwise it starts sooner.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    internal Process Start(string address, bool computes)
    {
        // A standard input of its own: the server's belongs to whoever watches over the server.
        var info = new ProcessStartInfo(File) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in Arguments.Append(address))
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment["DOTNET_TieredCompilation"] = computes ? "0" : "1";
        try
        {
            return Process.Start(info) ?? throw new IOException($"{File} could not be started");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{File} could not be started: {e.Message}");
        }
    }
}

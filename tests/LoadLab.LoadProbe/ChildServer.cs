using System.Diagnostics;
using System.Text.Json;

namespace LoadLab.LoadProbe;

/// <summary>This program once more, as the service.</summary>
internal sealed class ChildServer : IDisposable
{
    private readonly Process _process;

    private ChildServer(Process process, Uri url)
    {
        _process = process;
        Url = url;
    }

    public Uri Url { get; }

    public static async Task<ChildServer> StartAsync()
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            info.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        info.ArgumentList.Add("serve");
        var process = Process.Start(info) ?? throw new InvalidOperationException("no process was started");
        using var answer = JsonDocument.Parse(await process.StandardOutput.ReadLineAsync() ?? "{}");
        return new ChildServer(process, new Uri($"http://127.0.0.1:{answer.RootElement.GetProperty("port").GetInt32()}/"));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

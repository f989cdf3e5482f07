using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace LoadLab.Cli.Tests;

/// <summary>A Prometheus server of its own on a free loopback port, scraping what a test names every second; ended by its id, its store removed.</summary>
internal sealed class RealPrometheus : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly string _folder;

    private RealPrometheus(Process process, string folder, Uri url)
    {
        _process = process;
        _folder = folder;
        Url = url;
    }

    public Uri Url { get; }

    /// <summary>Skips the test where the program is not installed.</summary>
    /// <param name="targets">Jobs and the addresses (host:port) whose /metrics they scrape.</param>
    public static async Task<RealPrometheus> StartAsync(params (string Job, string Address)[] targets)
    {
        var program = OnPath("prometheus");
        Assert.SkipWhen(program is null, "prometheus is not on the PATH: install Debian's package of that name");
        var folder = Directory.CreateTempSubdirectory("loadlab-prometheus-").FullName;
        var config = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $"""
            global: {"{"} scrape_interval: 1s, scrape_timeout: 1s {"}"}
            scrape_configs:
            {string.Concat(targets.Select(target => $"  - {{ job_name: {target.Job}, static_configs: [ {{ targets: [ '{target.Address}' ] }} ] }}\n"))}
            """);
        for (var attempt = 0; ; attempt++)
        {
            var prometheus = Start(program!, folder, config);
            try
            {
                await WaitAsync(new Uri(prometheus.Url, "-/ready"), _ => true, () => prometheus._process.HasExited);
                return prometheus;
            }
            catch when (attempt < 20 && prometheus._process.HasExited)
            {
                // Somebody took the port between the look and the start.
                prometheus._process.Dispose();
            }
            catch
            {
                await prometheus.DisposeAsync();
                throw;
            }
        }
    }

    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Until a query finds something.</summary>
    public Task ScrapedAsync(string query) => WaitAsync(new Uri(Url, $"api/v1/query?query={Uri.EscapeDataString(query)}"), body => body.Contains("\"value\"", StringComparison.Ordinal));

    /// <summary>What the store holds of the one series that a selector finds, in seconds of Unix time: its own scrapes, as far as a quarter of an hour back.</summary>
    public async Task<IReadOnlyList<(double At, double Value)>> ScrapesAsync(string selector)
    {
        var body = await WaitAsync(new Uri(Url, $"api/v1/query?query={Uri.EscapeDataString(selector + "[15m]")}"), body => body.Contains("\"values\"", StringComparison.Ordinal));
        using var document = JsonDocument.Parse(body);
        var series = Assert.Single(document.RootElement.GetProperty("data").GetProperty("result").EnumerateArray());
        return [.. series.GetProperty("values").EnumerateArray().Select(point => (point[0].GetDouble(), double.Parse(point[1].GetString()!, CultureInfo.InvariantCulture)))];
    }

    /// <summary>Asks until the answer is as it should be.</summary>
    /// <param name="url">Where.</param>
    /// <param name="enough">Whether the body is as it should be.</param>
    /// <param name="gone">Whether it is in vain to go on.</param>
    public static async Task<string> WaitAsync(Uri url, Func<string, bool> enough, Func<bool>? gone = null)
    {
        using var client = new HttpClient();
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < s_patience && gone?.Invoke() is not true; await Task.Delay(100))
        {
            try
            {
                using var answer = await client.GetAsync(url);
                var body = await answer.Content.ReadAsStringAsync();
                if (answer.IsSuccessStatusCode && enough(body))
                {
                    return body;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }

        Assert.Fail($"{url} did not answer as it should within {s_patience}");
        return "";
    }

    private static RealPrometheus Start(string program, string folder, string config)
    {
        var port = FreePort();
        var info = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in new[] { $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn" })
        {
            info.ArgumentList.Add(argument);
        }

        var process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new RealPrometheus(process, folder, new Uri($"http://127.0.0.1:{port}/"));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

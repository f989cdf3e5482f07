using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace LoadLab.Engine.Local;

/// <summary>The server could not be started, or did not listen in time.</summary>
public sealed class LocalServerException(string message) : Exception(message);

/// <summary>
/// A model server as a child process: started with verb serve, listening on a free loopback port it tells in one line {"port","pid"} on standard output. It ends when its standard
/// input closes, which also happens when this process dies.
/// </summary>
public sealed class LocalServer : IAsyncDisposable
{
    private const int KeptLines = 20;
    private readonly Process _process;
    private readonly LocalServerOptions _options;
    private readonly ProcessorPinning _pinning;
    private readonly Queue<string> _lastWords = new();

    private LocalServer(Process process, LocalServerOptions options, ProcessorPinning pinning)
    {
        _process = process;
        _options = options;
        _pinning = pinning;
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1/");

    public int ProcessId { get; private set; }

    /// <summary>Where its weights come from, as it says; empty when it does not.</summary>
    public string Weights { get; private set; } = "";

    /// <summary>Processors the server computes on; empty when not set.</summary>
    public IReadOnlyList<int> Processors => _pinning.ServerProcessors;

    /// <summary>Compute threads it was told to use; null = its own choice.</summary>
    public int? Threads { get; private init; }

    public bool HasExited => _process.HasExited;

    /// <summary>Null while it runs. A killed process has a code above 128.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <exception cref="LocalServerException">It did not start, ended, said something else, or took too long; the message has its last words.</exception>
    public static async Task<LocalServer> StartAsync(LocalServerOptions options, CancellationToken stop)
    {
        var pinning = ProcessorPinning.Plan(options);
        var threads = options.Threads ?? (pinning.ServerProcessors.Count > 0 ? pinning.ServerProcessors.Count : null);
        Process process;
        try
        {
            process = Process.Start(StartInfo(options, threads)) ?? throw new LocalServerException("no process was started");
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new LocalServerException($"{options.Program} could not be started: {e.Message}");
        }

        // Set before the runtime of the child counts its processors.
        pinning.PinServer(process);
        var server = new LocalServer(process, options, pinning) { ProcessId = process.Id, Threads = threads };
        try
        {
            await server.ListenAsync(stop).ConfigureAwait(false);
            pinning.PinServer(process);
            pinning.PinThisProcess();
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the server: closes its standard input, then asks by signal, then kills; returns when it has gone.</summary>
    public async ValueTask DisposeAsync()
    {
        _pinning.ReleaseThisProcess();
        try
        {
            _process.StandardInput.Close();
            if (!await HasLeftAsync().ConfigureAwait(false))
            {
                if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
                {
                    _ = LinuxNative.Kill(_process.Id, LinuxNative.SignalTerminate);
                }

                if (!await HasLeftAsync().ConfigureAwait(false))
                {
                    _process.Kill(entireProcessTree: true);
                    await _process.WaitForExitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or Win32Exception)
        {
            // It had gone already.
        }

        _process.Dispose();
    }

    private static ProcessStartInfo StartInfo(LocalServerOptions options, int? threads)
    {
        var info = new ProcessStartInfo(options.Program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (ReadOnlySpan<string>)
        [
            .. options.Arguments, "serve", "--child", "--scenario", options.ScenarioFile, "--run-dir", options.RunFolder,
            "--epoch", options.EpochNanoseconds.ToString(CultureInfo.InvariantCulture), "--port", "0", .. options.ServeOptions,
        ])
        {
            info.ArgumentList.Add(argument);
        }

        if (threads is { } count)
        {
            info.ArgumentList.Add("--threads");
            info.ArgumentList.Add(count.ToString(CultureInfo.InvariantCulture));
        }

        if (options.Seed is { } seed)
        {
            info.ArgumentList.Add("--seed");
            info.ArgumentList.Add(seed.ToString(CultureInfo.InvariantCulture));
        }

        // Service times must not change while the runtime recompiles the model.
        info.Environment["DOTNET_TieredCompilation"] = "0";
        return info;
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        _process.ErrorDataReceived += (_, e) => Heard(e.Data);
        _process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_options.StartLimit);
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Failed(string.Create(CultureInfo.InvariantCulture, $"did not listen within {_options.StartLimit.TotalSeconds:0} s"));
        }

        if (line is null)
        {
            await HasLeftAsync().ConfigureAwait(false);
            throw Failed(_process.HasExited ? $"ended with exit code {_process.ExitCode} before it listened" : "closed its output before it listened");
        }

        Listens(line);
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
    }

    private void Listens(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("port").GetInt32() is > 0 and < 65536 and var port)
            {
                Url = new Uri($"http://127.0.0.1:{port}/");
                Weights = json.RootElement.TryGetProperty("weights", out var weights) ? weights.GetString() ?? "" : "";
                return;
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Said below.
        }

        throw Failed($"""said "{line[..Math.Min(line.Length, 200)]}" where its port was expected""");
    }

    private void Heard(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lastWords)
        {
            _lastWords.Enqueue(line);
            while (_lastWords.Count > KeptLines)
            {
                _lastWords.Dequeue();
            }
        }

        _options.OnDiagnostic?.Invoke(line);
    }

    private LocalServerException Failed(string what)
    {
        lock (_lastWords)
        {
            return new LocalServerException($"the server {what}{(_lastWords.Count > 0 ? ": " + string.Join(Environment.NewLine, _lastWords) : "")}");
        }
    }

    private async Task<bool> HasLeftAsync()
    {
        using var limit = new CancellationTokenSource(_options.StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>A folder for everything that the tests write, one weights cache, and two recorded runs that several tests read; all removed at the end.</summary>
public sealed class Workspace : IDisposable
{
    private readonly Lazy<Task<(string Folder, string Document)>> _first;
    private readonly Lazy<Task<(string Folder, string Document)>> _second;
    private readonly Lazy<Task<string>> _profile;
    private int _names;

    public Workspace()
    {
        Directory.CreateDirectory(Folder);
        _first = new(() => RecordAsync("first", 5, "3s"));
        _second = new(() => RecordAsync("second", 6, "2s"));
        _profile = new(CalibrateAsync);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("loadlab-cli-").FullName;

    public string Cache => Path.Combine(Folder, "cache");

    /// <summary>A run of the pico model that ended well, and what run --json printed.</summary>
    internal Task<(string Folder, string Document)> FirstRun => _first.Value;

    internal Task<(string Folder, string Document)> SecondRun => _second.Value;

    /// <summary>A profile calibrated from both runs.</summary>
    internal Task<string> Profile => _profile.Value;

    public string NewPath(string name) => Path.Combine(Folder, $"{name}-{Interlocked.Increment(ref _names)}");

    public string Write(string name, string text)
    {
        var path = Path.Combine(Directory.CreateDirectory(NewPath("in")).FullName, name);
        File.WriteAllText(path, text.EndsWith('\n') ? text : text + "\n");
        return path;
    }

    /// <summary>A scenario for the smallest model, served locally.</summary>
    public string PicoScenario(string name, ulong seed, string duration, string rate = "6/s", int frames = 5, int steps = 4) => Write(name + ".yaml", $$"""
        name: {{name}}
        seed: {{seed}}
        workload:
          duration: {{duration}}
          arrivals: [ { constant: { rate: {{rate}} } } ]
          jobs: [ { size: 64x64, frames: {{frames}}, steps: {{steps}} } ]
        target: { kind: local, model: wan2.2-ti2v-5b-pico, memory: 512MiB }
        guard: { drain: { max: 30s, then: cancel } }
        price: { sku: verda/h100-sxm/on-demand }
        """);

    /// <summary>A scenario for a service at an address.</summary>
    public string HttpScenario(string name, Uri url, string protocol, string duration = "1s", string rate = "10/s") => Write(name + ".yaml", $$"""
        name: {{name}}
        workload:
          duration: {{duration}}
          arrivals: [ { constant: { rate: {{rate}} } } ]
          process: even
          jobs: [ { size: 64x64, frames: 5, steps: 4, model: any } ]
        target: { kind: http, url: "{{url}}", protocol: {{protocol}}, timeout: 20s }
        """);

    /// <summary>Every planned call has one row or none, and the six outcomes add up to the planned ones.</summary>
    internal static RunManifest CheckConservation(string folder)
    {
        var opened = RunFolder.Open(folder);
        var manifest = opened.ReadManifest();
        var rows = File.ReadAllLines(Path.Combine(folder, CallsFile.Name)).Skip(1).Select(line => line.Split(',')[0]).ToList();
        Assert.Equal(rows.Count, rows.Distinct().Count());
        var calls = opened.ReadCalls();
        Assert.Equal(manifest.Planned, calls.Count);
        Assert.Equal(Enumerable.Range(0, manifest.Planned), calls.Select(call => call.Call));
        if (manifest.Outcomes is { } outcomes)
        {
            Assert.Equal(manifest.Planned, outcomes.Values.Sum());
            Assert.Equal(manifest.Planned, rows.Count);
            Assert.All(outcomes, pair => Assert.Equal(pair.Value, calls.Count(call => Words.Of(call.Outcome) == pair.Key)));
        }

        return manifest;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task<(string Folder, string Document)> RecordAsync(string name, ulong seed, string duration)
    {
        var root = NewPath("runs");
        var ended = (await LoadLabProcess.PlayAsync(this, root, PicoScenario(name, 0, duration), "--seed", seed.ToString(CultureInfo.InvariantCulture), "--json", "--lateness-gate", "30s")).Exits(0);
        return (Assert.Single(Directory.GetDirectories(root)), ended.Stdout);
    }

    private async Task<string> CalibrateAsync()
    {
        var path = Path.Combine(Folder, "pico-profile.yaml");
        var ended = await LoadLabProcess.RunAsync(this, "calibrate", (await FirstRun).Folder, (await SecondRun).Folder, "-o", path, "--json");
        Assert.Equal("pico-profile", ended.Document().GetProperty("name").GetString());
        return path;
    }
}

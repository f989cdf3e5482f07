namespace LoadLab.Publish.Tests;

/// <summary>The script's own logic on a machine that claims a GPU: nvidia-smi and loadlab are stand-ins, and what the script asks of them is looked at.</summary>
public sealed class GpuCheckSequenceTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("loadlab-gpu-stub-").FullName;

    public GpuCheckSequenceTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the script is for Linux");
        Program("nvidia-smi", "case $1 in -L) echo 'GPU 0: NVIDIA Stub 9000' ;; *) echo 'NVIDIA Stub 9000' ;; esac");
        Directory.CreateDirectory(Path.Combine(_folder, "Scenarios", "gpu-check"));
        foreach (var file in Directory.GetFiles(Checkout.At("Scenarios", "gpu-check"), "*.yaml"))
        {
            File.Copy(file, Path.Combine(_folder, "Scenarios", "gpu-check", Path.GetFileName(file)));
        }
    }

    private string Out => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_step_runs_on_the_device_in_order()
    {
        Stub("");
        var ended = await CheckAsync("--device", "3");
        Assert.True(ended.ExitCode == 0, ended.All);
        var asked = Asked();
        Assert.Equal(
            ["doctor", "verify", "nano", "peak", "burst", "cold-start", "single", "batch 1", "batch 2", "batch 4", "batch 1", "calibrate", "report", "device", "device"],
            asked.Select(Step));
        Assert.All(asked.Where(line => line.StartsWith("run ", StringComparison.Ordinal) || line.StartsWith("probe ", StringComparison.Ordinal)), line => Assert.Contains("--backend torch:cuda:3 --dtype bfloat16", line));
        Assert.All(asked.Where(line => line.StartsWith("probe ", StringComparison.Ordinal)), line => Assert.Contains("--size 832x480 --frames 81", line));
        Assert.Contains("--backend torch:cuda:3", asked[1]);
        Assert.All(asked.Where(line => line.StartsWith("device ", StringComparison.Ordinal)), line => Assert.Contains("--gpu NVIDIA Stub 9000", line));
        Assert.Contains("gpu-check-nvidia-stub-9000", asked.Single(line => line.StartsWith("calibrate ", StringComparison.Ordinal)));
        Assert.DoesNotContain("REHEARSAL", ended.All);
    }

    [Fact]
    public async Task Server_that_cannot_start_ends_its_series_and_nothing_else()
    {
        Stub("case $* in *peak.yaml*) echo 'target: no memory' >&2; exit 3 ;; esac");
        var ended = await CheckAsync();
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("FAILED with exit code 3: target: no memory", ended.Stdout);
        Assert.DoesNotContain("burst", Asked().Select(Step));
        Assert.Contains("batch 4", Asked().Select(Step));
        Assert.Contains("device", Asked().Select(Step));
    }

    [Fact]
    public async Task What_the_build_does_not_know_is_left_out_with_its_reason()
    {
        Stub("", probeOptions: "--model --size");
        var ended = await CheckAsync();
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("left out: this build's probe has no --frames", ended.Stdout);
        Assert.DoesNotContain("FAILED", ended.Stdout);
    }

    [Fact]
    public async Task Real_weights_replace_the_drawn_ones_of_every_scenario()
    {
        Stub("");
        var weights = Directory.CreateDirectory(Path.Combine(_folder, "real & good")).FullName;
        await CheckAsync("--weights", weights);
        Assert.All(
            ["peak", "burst", "cold-start", "single"],
            name => Assert.Contains($"weights: \"{weights}\" }}", File.ReadAllText(Path.Combine(Out, "scenarios", name + ".yaml"))));
        Assert.DoesNotContain("weights", File.ReadAllText(Path.Combine(Out, "scenarios", "nano.yaml")));
        Assert.Contains(Path.Combine(Out, "scenarios", "peak.yaml"), Asked().Single(line => Step(line) == "peak"));
    }

    [Fact]
    public async Task Interrupted_check_ends_the_step_it_is_in()
    {
        Stub($"case $* in *peak.yaml*) echo $$ >{_folder}/pid; exec sleep 300 ;; esac");
        var pid = "";
        var ended = await Ended.RunAsync(s_limit, "env", Arguments(), async script =>
        {
            pid = await SleepingAsync();
            await Ended.RunAsync(s_limit, "kill", "-TERM", $"{script}");
        });
        Assert.Equal(130, ended.ExitCode);
        Assert.False(Runs(pid), "the step still runs");
    }

    /// <summary>One that has ended and waits for its parent to look does not run.</summary>
    private static bool Runs(string pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<string> SleepingAsync()
    {
        var file = Path.Combine(_folder, "pid");
        for (var i = 0; i < 3000; i++)
        {
            if (File.Exists(file) && (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).TrimEnd() is { Length: > 0 } pid)
            {
                return pid;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException("the step never began");
    }

    private Task<Ended> CheckAsync(params string[] arguments) => Ended.RunAsync(s_limit, "env", Arguments(arguments));

    /// <summary>env becomes the script, with the stand-ins first on its PATH.</summary>
    private string[] Arguments(params string[] arguments) =>
        [$"PATH={_folder}:{Environment.GetEnvironmentVariable("PATH")}", Checkout.At("scripts", "gpu-check"), "--program", Path.Combine(_folder, "loadlab"), "--out", Out, .. arguments];

    private List<string> Asked() => [.. File.ReadAllLines(Path.Combine(_folder, "asked"))];

    private static string Step(string line) => line.Split(' ') switch
    {
        ["run", var scenario, ..] => Path.GetFileNameWithoutExtension(scenario),
        ["probe", ..] words => $"batch {words[Array.IndexOf(words, "--batch") + 1]}",
        [var verb, ..] => verb,
        _ => line,
    };

    /// <summary>A loadlab that writes down what is asked of it; a run leaves a folder with calls.</summary>
    private void Stub(string special, string probeOptions = "--model --size --frames --batch --seconds --out --backend --dtype --weights") => Program("loadlab", $$"""
        case $* in
            --help) printf '  verify <PATH>\n  run <SCENARIO>\n  probe\n'; exit ;;
            --version) echo 0; exit ;;
            'doctor --json') printf '  "part": "device",\n  "found": "1 x NVIDIA Stub 9000 (1 GiB)",\n'; exit ;;
            'probe --help') for o in {{probeOptions}}; do echo "  $o <x>"; done; exit ;;
            *--help) printf '  --backend <b>\n  --dtype <d>\n'; exit ;;
        esac
        echo "$*" >>{{_folder}}/asked
        {{special}}
        case $1 in
            run) folder=$4/$(basename "$2" .yaml); mkdir -p "$folder"; echo x >"$folder/calls.csv"; echo "run folder: $folder" >&2 ;;
            *) echo "$1" ;;
        esac
        """);

    private void Program(string name, string body)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}

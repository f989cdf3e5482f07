using System.Text.Json;

namespace LoadLab.Cli.Tests;

public sealed class UsageTests(Workspace workspace)
{
    [Theory]
    [InlineData("fly", "fly is not a verb; write one of demo, run, ")]
    [InlineData("trace fly", "fly is not a verb; write one of inspect")]
    [InlineData("", "a verb is missing; write one of demo, run, ")]
    [InlineData("trace", "a verb is missing; write one of inspect")]
    [InlineData("run", "Required argument 'SCENARIO' missing for command: 'run'.")]
    [InlineData("run a.yaml b.yaml", "Unrecognized command or argument 'b.yaml'.")]
    [InlineData("run a.yaml --colour", "Unrecognized command or argument '--colour'.")]
    [InlineData("run a.yaml --seed x", """--seed = "x" is not a whole number from 0; write for example 42""")]
    [InlineData("run a.yaml --seed", "Required argument missing for option: '--seed'.")]
    [InlineData("run a.yaml --sample-rate 0", """--sample-rate = "0" is not a number above 0 and at most 500""")]
    [InlineData("run a.yaml --lateness-gate soon", """--lateness-gate = "soon" is not a duration""")]
    [InlineData("ab a.yaml --a fixed:1", "Option '--b' is required.")]
    [InlineData("ab a.yaml --a fixed:1 --b fixed:2 --seeds 1", """--seeds = "1" is not a whole number from 2 to 1000""")]
    [InlineData("forecast s.csv --step soon", """--step = "soon" is not a duration""")]
    [InlineData("forecast s.csv --step 0s", """--step = "0s" is not a duration above 0""")]
    [InlineData("forecast s.csv --season 1", """--season = "1" is not a whole number from 2 to 100000""")]
    [InlineData("fidelity r --replications none", """--replications = "none" is not a whole number from 1 to 10000""")]
    [InlineData("serve --threads x", """--threads = "x" is not a whole number from 1 to 4096""")]
    [InlineData("serve --port 65536", """--port = "65536" is not a whole number from 0 to 65535""")]
    [InlineData("serve --epoch x", """--epoch = "x" is not a whole number""")]
    [InlineData("serve --model none", """model = "none" is not known; write wan2.2-ti2v-5b or """)]
    [InlineData("serve --model wan2.2-t2v-a14b", """--weights = "" is needed: wan2.2-t2v-a14b has weights of its own; give its checkpoint's folder, or drawn""")]
    [InlineData("serve --bind 0.0.0.0", """bind = "0.0.0.0" is open to other machines without a key""")]
    [InlineData("serve --memory lots", """--memory = "lots" is not a number of bytes""")]
    [InlineData("serve --residency home", """--residency = "home" is not known; write for example auto or resident or cpu-text or offload-text""")]
    [InlineData("serve --residency auto --memory 1MiB", """memory = "1048576" holds the model under no plan; give at least """)]
    [InlineData("doctor --model none", """--model = "none" is not known; write wan2.2-ti2v-5b or """)]
    [InlineData("doctor --model wan2.2-ti2v-5b --size big", """--size = "big" is not a size""")]
    [InlineData("doctor --model wan2.2-ti2v-5b --size 1280x720", """--size = "1280x720" is not in multiples of 32 up to 4096""")]
    [InlineData("doctor --model wan2.2-ti2v-5b --frames 120", """--frames = "120" is not of the form 4n+1""")]
    [InlineData("doctor --batch 2", "--model is missing; --batch is of one model")]
    [InlineData("trace import x", "Option '--out' is required.")]
    [InlineData("trace inspect x --rate-scale 2", """--rate-scale = "2" is not a share above 0 and at most 1""")]
    [InlineData("schedule a.yaml -o s", "Option '--as' is required.")]
    [InlineData("schedule a.yaml --as yaml -o s", """--as = "yaml" is not known; write for example aiperf or h2load or csv""")]
    [InlineData("verify g --threads 0", """--threads = "0" is not a whole number from 1 to 1024""")]
    public async Task Usage_that_is_wrong_is_told_in_one_line(string arguments, string expected)
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Exits(2);
        Assert.Empty(ended.Stdout);
        var line = Assert.Single(ended.ErrorLines, line => line != "see loadlab --help");
        Assert.Contains(expected, line);
    }

    [Theory]
    [InlineData("run absent.yaml", "absent.yaml: cannot be read")]
    [InlineData("run folder", "folder: is a folder; give a file")]
    [InlineData("run words.txt", "words.txt:1: \"hello\" is not a mapping")]
    [InlineData("run torn.yaml", "torn.yaml:2: is not valid YAML")]
    [InlineData("run good.yaml --out words.txt", "files: ")]
    [InlineData("simulate good.yaml", "--profile is missing; give a file that calibrate wrote, or a shipped one: ")]
    [InlineData("simulate good.yaml --profile none", "--profile = \"none\" does not exist; ")]
    [InlineData("simulate good.yaml --profile x.json", "x.json:1: ")]
    [InlineData("simulate good.yaml --profile wan2.2-t2v-a14b-h100-1gpu", "64x64, 5 frames, 4 steps\" is not in the profile; it knows ")]
    [InlineData("ab good.yaml --profile wan2.2-t2v-a14b-h100-1gpu --a fixed:0 --b fixed:1", "--a = \"fixed:0\" is not a policy")]
    [InlineData("ab good.yaml --profile wan2.2-t2v-a14b-h100-1gpu --a fixed:1 --b torn.yaml", "torn.yaml:2: is not valid YAML")]
    [InlineData("calibrate folder -o p.json", "folder: is not a run folder (no run.json)")]
    [InlineData("fidelity folder --profile x.json", "folder: is not a run folder")]
    [InlineData("cost absent", "absent: is not a run folder")]
    [InlineData("report folder absent", "folder: is not a run folder")]
    [InlineData("replay absent", "absent: cannot be read")]
    [InlineData("replay x.json", "x.json:1: ")]
    [InlineData("forecast absent.csv", "absent.csv: cannot be read")]
    [InlineData("forecast x.json", "x.json:1: ")]
    [InlineData("forecast short.csv", "short.csv: has 0 rows")]
    [InlineData("trace inspect absent.csv", "absent.csv: cannot be read")]
    [InlineData("trace inspect folder", "folder: is a folder; give a file")]
    [InlineData("trace inspect x.json", "x.json:1: is not a header of a known trace")]
    [InlineData("trace inspect short.csv --format nonsense", "--format = \"nonsense\" is not a known format")]
    [InlineData("trace inspect short.csv --unit days", "--unit = \"days\" is not a known unit; write ns or us or ms or s or min or timestamp")]
    [InlineData("trace inspect short.csv --window 5", "--window = \"5\" is not a window")]
    [InlineData("trace inspect short.csv --map arrival=t_s", "--map.unit is missing")]
    [InlineData("trace inspect short.csv --map arrival=when,unit=s", "short.csv:1: \"when\" is not a column of this file; it has t_s, value")]
    [InlineData("trace inspect short.csv --map arrival=t_s,unit=s --format loadlab", "--format = \"loadlab\" stands beside --map")]
    [InlineData("trace inspect short.csv --map arrival=t_s,unit=s --unit ms", "--unit = \"ms\" stands beside --map")]
    [InlineData("trace import short.csv -o o.csv", "short.csv:1: is not a header of a known trace of arrivals; a series of values holds no arrivals: forecast reads series")]
    [InlineData("trace import good.csv -o folder", "folder: is a folder; give a file")]
    [InlineData("trace import good.csv -o absent/o.csv", "files: ")]
    [InlineData("trace import good.csv -o o.csv --window 5s..9s", "good.csv: holds no arrival from 5.000000000 s to 9.000000000 s")]
    [InlineData("schedule good.yaml --as h2load -o s.tsv --url ftp://x", "--url = \"ftp://x\" is not an address or a path")]
    [InlineData("schedule good.yaml --as csv -o absent/s.csv", "files: ")]
    [InlineData("verify absent", "PATH = \"absent\" does not exist")]
    [InlineData("doctor --weights absent", "--weights = \"absent\" does not exist")]
    [InlineData("serve --scenario absent.yaml", "absent.yaml: cannot be read")]
    [InlineData("serve --run-dir absent", "run-dir = \"absent\" is not a folder")]
    public async Task Input_that_cannot_be_used_is_told_in_one_line(string arguments, string expected)
    {
        await using var process = LoadLabProcess.StartIn(Inputs(), workspace, arguments.Split(' '));
        var ended = (await process.EndAsync()).Exits(2);
        Assert.Empty(ended.Stdout);
        Assert.Contains(expected, Assert.Single(ended.ErrorLines));
    }

    [Theory]
    [InlineData("verify words.safetensors", "words.safetensors: 6 bytes; a safetensors file begins with an 8-byte header length")]
    [InlineData("verify folder", "no *.safetensors file in this folder")]
    [InlineData("doctor --weights words.safetensors", "words.safetensors: 6 bytes")]
    [InlineData("doctor --weights folder", "folder: no *.safetensors file in it")]
    public async Task Weights_or_goldens_that_are_damaged_fail_by_name(string arguments, string expected)
    {
        await using var process = LoadLabProcess.StartIn(Inputs(), workspace, arguments.Split(' '));
        var ended = (await process.EndAsync()).Exits(1);
        Assert.Contains(expected, ended.Stdout);

        await using var again = LoadLabProcess.StartIn(Inputs(), workspace, [.. arguments.Split(' '), "--json"]);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse((await again.EndAsync()).Exits(1).Stdout).RootElement.ValueKind);
    }

    [Fact]
    public async Task Golden_with_one_byte_changed_fails_naming_the_case()
    {
        var golden = Repository.At("tests", "golden", "wan");
        var files = Directory.GetFiles(golden, "*.safetensors");
        Assert.NotEmpty(files);
        var source = files.MinBy(file => new FileInfo(file).Length)!;
        (await LoadLabProcess.RunAsync(workspace, "verify", source)).Exits(0);
        var bytes = File.ReadAllBytes(source);
        bytes[^1] ^= 0x40;
        var damaged = Path.Combine(Directory.CreateDirectory(workspace.NewPath("golden")).FullName, Path.GetFileName(source));
        File.WriteAllBytes(damaged, bytes);
        var ended = (await LoadLabProcess.RunAsync(workspace, "verify", damaged)).Exits(1);
        Assert.Contains("FAIL  " + Path.GetFileNameWithoutExtension(source), ended.Stdout);
        Assert.Contains("0 of 1 cases pass", ended.Stdout);
    }

    private string Inputs()
    {
        var folder = Path.Combine(workspace.Folder, "inputs");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(Path.Combine(folder, "folder"));
            File.WriteAllText(Path.Combine(folder, "words.txt"), "hello\n");
            File.WriteAllText(Path.Combine(folder, "words.safetensors"), "hello\n");
            File.WriteAllText(Path.Combine(folder, "torn.yaml"), "a: [\n");
            File.WriteAllText(Path.Combine(folder, "x.json"), "{\"a\":1}\n");
            File.WriteAllText(Path.Combine(folder, "short.csv"), "t_s,value\n");
            File.WriteAllText(Path.Combine(folder, "good.csv"), "arrival_s\n1\n2\n");
            File.Copy(workspace.PicoScenario("good", 1, "1s"), Path.Combine(folder, "good.yaml"));
        }

        return folder;
    }
}

using System.Text.Json;

namespace LoadLab.Cli.Tests;

/// <summary>Whether the gates pass is the machine's affair; that they are told, judged and kept is tested.</summary>
public sealed class ProbeVerbTests(Workspace workspace)
{
    [Fact]
    public async Task Every_gate_is_told_with_value_and_bound_and_decides_the_exit_code()
    {
        var folder = workspace.NewPath("probe");
        var ended = await LoadLabProcess.RunAsync(workspace, "probe", "--model", "wan2.2-ti2v-5b-pico", "--seconds", "1", "--batch", "2", "--out", folder);
        var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "probe.json"))).RootElement;
        var report = document.GetProperty("report");
        var gates = report.GetProperty("gates").EnumerateArray().ToList();
        ended.Exits(gates.All(gate => gate.GetProperty("passed").GetBoolean()) ? 0 : 1);
        Assert.All(gates, gate => Assert.Contains(gate.GetProperty("name").GetString()!, ended.Stdout));
        Assert.Equal(gates.Count(gate => !gate.GetProperty("passed").GetBoolean()), ended.Stdout.Split("FAILED").Length - 1);
        string[] unmoved = ["peak bytes, equal shapes: largest less smallest", "blocks the arena asked of the system", "kernel results that differ"];
        Assert.All(unmoved, name => Assert.True(gates.Single(gate => gate.GetProperty("name").GetString() == name).GetProperty("passed").GetBoolean(), name));

        var rows = File.ReadAllLines(Path.Combine(folder, "pairs.csv"));
        Assert.Equal("phase,clip,step,kernel_first,at_s,step_ns,kernel_ns,managed_bytes", rows[0]);
        Assert.Equal(report.GetProperty("step_seconds").GetProperty("count").GetInt32(), rows.Count(row => row.StartsWith("steady,", StringComparison.Ordinal)));
        Assert.Equal(report.GetProperty("warm_up_pairs").GetInt32(), rows.Count(row => row.StartsWith("warm-up,", StringComparison.Ordinal)));
        Assert.StartsWith("minute,pairs,ratio_p50", File.ReadAllText(Path.Combine(folder, "minutes.csv")), StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public async Task Json_is_one_document()
    {
        var ended = await LoadLabProcess.RunAsync(workspace, "probe", "--model", "wan2.2-t2v-a14b-pico", "--seconds", "1", "--size", "64x64", "--frames", "5", "--threads", "2", "--json");
        var report = JsonDocument.Parse(ended.Stdout).RootElement.GetProperty("report");
        ended.Exits(report.GetProperty("passed").GetBoolean() ? 0 : 1);
        Assert.Equal(("wan2.2-t2v-a14b-pico", 64, 5), (report.GetProperty("model").GetString(), report.GetProperty("width").GetInt32(), report.GetProperty("frames").GetInt32()));
    }

    [Fact]
    public async Task Interrupted_probe_reports_what_it_measured()
    {
        await using var process = LoadLabProcess.Start(workspace, "probe", "--model", "wan2.2-ti2v-5b-pico", "--seconds", "60", "--json");
        for (var waited = 0; !process.Errors.Contains("steady state", StringComparison.Ordinal) && !process.HasExited && waited < 1800; waited++)
        {
            await Task.Delay(100);
        }

        process.Interrupt();
        var ended = (await process.EndAsync()).Exits(130);
        Assert.False(JsonDocument.Parse(ended.Stdout).RootElement.GetProperty("report").GetProperty("passed").GetBoolean());
    }

    [Theory]
    [InlineData("--model wan2.2", "--model = \"wan2.2\" is not known; write wan2.2-ti2v-5b, ")]
    [InlineData("--model wan2.2-ti2v-5b", "--weights = \"\" is needed: wan2.2-ti2v-5b has weights of its own; give its checkpoint's folder, or drawn")]
    [InlineData("--dtype bfloat16", "--dtype = \"bfloat16\" is not held by the cpu backend; write float32, or --backend torch")]
    [InlineData("--backend abacus", "--backend = \"abacus\" is not known; write cpu, torch, torch:cpu or torch:cuda:0")]
    [InlineData("--size wide", "--size = \"wide\" is not a size; write for example 160x96")]
    [InlineData("--size 161x96", "--size = \"161x96\" is not accepted by wan2.2-ti2v-5b-nano; write width and height multiples of 32")]
    [InlineData("--frames 6", "--frames = \"6\" is not accepted by wan2.2-ti2v-5b-nano; write 4n+1 from 1 to 81")]
    [InlineData("--seconds 0", "--seconds = \"0\" is not a whole number from 1")]
    [InlineData("--seconds 5 --minutes 1", "--seconds = \"5\" stands beside --minutes; give one of the two")]
    [InlineData("--batch 0", "--batch = \"0\" is not a whole number from 1 to 64")]
    [InlineData("--memory 1MiB --seconds 1", "--memory = \"1.0 MiB\" out of device memory")]
    [InlineData("--memory 0B", "--memory = \"0\" is not positive; write for example 1GiB")]
    public async Task Input_that_cannot_be_used_is_told_in_one_line(string arguments, string expected)
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, ["probe", .. arguments.Split(' ')])).Exits(2);
        Assert.Empty(ended.Stdout);
        Assert.Single(ended.ErrorLines, line => line.Contains(expected, StringComparison.Ordinal));
    }
}

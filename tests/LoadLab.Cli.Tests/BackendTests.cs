namespace LoadLab.Cli.Tests;

public sealed class BackendTests(Workspace workspace)
{
    private const string Command = "dotnet build Harness/LoadLab.Cli -p:LoadLabPackages=TorchSharp -p:LoadLabTorch=";

    [Theory]
    [InlineData("verify . --backend torch", "cpu")]
    [InlineData("serve --backend torch:cpu", "cpu")]
    [InlineData("serve --backend torch:cuda:0 --dtype bfloat16", "cuda")]
    public async Task Torch_in_a_build_without_it_exits_2_with_the_command_that_adds_it(string arguments, string libtorch)
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, arguments.Split(' '))).Exits(2);
        Assert.Empty(ended.Stdout);
        var line = Assert.Single(ended.ErrorLines);
        Assert.SkipUnless(line.Contains("is not in this build", StringComparison.Ordinal), "this build has TorchSharp");

        // A machine with a GPU is told of the CUDA package in any case.
        Assert.True(line.Contains(Command + libtorch, StringComparison.Ordinal) || line.Contains(Command + "cuda", StringComparison.Ordinal), line);
        Assert.Contains("LoadLab.local.props", line);
    }

    [Fact]
    public async Task Run_with_torch_in_a_build_without_it_leaves_no_folder()
    {
        File.WriteAllText(Path.Combine(workspace.Folder, "torch.yaml"), """
            name: torch
            workload: { duration: 1s, arrivals: [ { constant: { rate: 1/s } } ], jobs: [ { size: 160x96, frames: 9, steps: 4 } ] }
            target: { kind: local, model: wan2.2-ti2v-5b-nano, replicas: 1, memory: 1GiB }
            """);
        var ended = await LoadLabProcess.RunAsync(workspace, "run", "torch.yaml", "--backend", "torch:cuda:63", "--out", "torch-runs");
        Assert.SkipUnless(ended.Stderr.Contains("is not in this build", StringComparison.Ordinal), "this build has TorchSharp");
        ended.Exits(2);
        Assert.False(Directory.Exists(Path.Combine(workspace.Folder, "torch-runs")));
    }

    [Theory]
    [InlineData("verify g --backend abacus", """--backend = "abacus" is not known; write cpu, torch, torch:cpu or torch:cuda:0""")]
    [InlineData("verify g --backend torch:cuda:x", """--backend = "torch:cuda:x" is not known""")]
    [InlineData("serve --dtype int4", """--dtype = "int4" is not known; write float32, bfloat16, float16""")]
    [InlineData("serve --dtype bfloat16", """--dtype = "bfloat16" is not held by the cpu backend; write float32, or --backend torch""")]
    public async Task A_backend_or_type_that_is_not_known_is_told_in_one_line(string arguments, string expected)
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, arguments.Split(' '))).Exits(2);
        Assert.Empty(ended.Stdout);
        Assert.Contains(expected, Assert.Single(ended.ErrorLines));
    }
}

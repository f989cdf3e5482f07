using LoadLab.Engine.Local;

namespace LoadLab.Engine.Tests;

/// <summary>The child process is a shell here: it says and does what each test needs.</summary>
public sealed class LocalServerTests
{
    private const string Listens = """printf '{"port":1234}\n'; cat > /dev/null""";

    [Fact]
    public async Task A_server_that_tells_its_port_is_ready_and_leaves_when_its_input_closes()
    {
        var server = await StartAsync("""printf '{"port":1234,"pid":%d}\n' $$; cat > /dev/null""");
        Assert.Equal(new Uri("http://127.0.0.1:1234/"), server.Url);
        Assert.False(server.HasExited);
        var process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
        await server.DisposeAsync();
        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task A_server_is_started_with_the_arguments_of_a_child()
    {
        var told = "";
        await using (await StartAsync("""echo "$@" >&2; printf '{"port":1234}\n'; cat > /dev/null""", line => told = line))
        {
        }

        Assert.StartsWith("serve --child --scenario s.yaml --run-dir runs/x --epoch 42 --port 0 --threads 1", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ignores_everything_is_killed()
    {
        var server = await StartAsync("""trap '' TERM; printf '{"port":1234}\n'; while true; do sleep 0.05; done""");
        var process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
        await server.DisposeAsync();
        Assert.True(process.HasExited);
    }

    [Theory]
    [InlineData("echo no weights >&2; exit 3", "ended with exit code 3 before it listened: no weights")]
    [InlineData("echo hello; cat > /dev/null", "said \"hello\" where its port was expected")]
    [InlineData("echo '{\"port\":99999}'; cat > /dev/null", "where its port was expected")]
    [InlineData("cat > /dev/null", "did not listen within 1 s")]
    public async Task A_server_that_does_not_get_ready_says_why(string script, string message)
    {
        var thrown = await Assert.ThrowsAsync<LocalServerException>(() => StartAsync(script));
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_says_so()
    {
        var options = Options("") with { Program = "/no/such/program" };
        var thrown = await Assert.ThrowsAsync<LocalServerException>(() => LocalServer.StartAsync(options, CancellationToken.None));
        Assert.Contains("/no/such/program", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_gets_all_processors_but_the_first()
    {
        var all = Affinity.OfThisProcess();
        Assert.SkipUnless(OperatingSystem.IsLinux() && all.Count > 1, "one processor, or another system");
        await using (var server = await StartAsync(Listens, pin: true))
        {
            Assert.Equal(all.Skip(1), server.Processors);
            Assert.Equal(server.Processors.Count, server.Threads);
            Assert.Contains(AllowedList(all.Skip(1)), await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status"));
            Assert.Equal([all[0]], Affinity.OfThisProcess());
        }

        Assert.Equal(all, Affinity.OfThisProcess());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public async Task A_server_that_pins_itself_is_left_all_processors(int? threads)
    {
        var all = Affinity.OfThisProcess();
        Assert.SkipUnless(OperatingSystem.IsLinux() && all.Count > 1, "one processor, or another system");
        await using var server = await StartAsync(Listens, pin: true, threads, pinsItself: true);

        Assert.Equal(all.TakeLast(threads ?? all.Count - 1), server.Processors);
        Assert.Equal(server.Processors.Count, server.Threads);
        Assert.Contains(AllowedList(all), await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status"));
    }

    [Fact]
    public async Task A_server_with_a_thread_for_every_processor_still_leaves_the_first()
    {
        var all = Affinity.OfThisProcess();
        Assert.SkipUnless(OperatingSystem.IsLinux() && all.Count > 1, "one processor, or another system");
        await using var server = await StartAsync(Listens, pin: true, all.Count, pinsItself: true);

        Assert.Equal(all.Skip(1), server.Processors);
        Assert.Contains(AllowedList(all.Skip(1)), await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status"));
    }

    /// <summary>As the kernel prints it, for the processors of one range.</summary>
    private static string AllowedList(IEnumerable<int> processors)
    {
        var list = processors.ToList();
        return "Cpus_allowed_list:\t" + (list.Count == 1 ? $"{list[0]}" : $"{list[0]}-{list[^1]}");
    }

    private static Task<LocalServer> StartAsync(string script, bool pin, int? threads = null, bool pinsItself = false)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "no /bin/sh here");
        return LocalServer.StartAsync(Options(script) with { Pin = pin, PinsItself = pinsItself, Threads = threads }, CancellationToken.None);
    }

    private static Task<LocalServer> StartAsync(string script, Action<string>? heard = null)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "no /bin/sh here");
        return LocalServer.StartAsync(Options(script) with { OnDiagnostic = heard, Threads = 1 }, CancellationToken.None);
    }

    private static LocalServerOptions Options(string script) => new()
    {
        Program = "/bin/sh",
        Arguments = ["-c", script, "sh"],
        ScenarioFile = "s.yaml",
        RunFolder = "runs/x",
        EpochNanoseconds = 42,
        Pin = false,
        StartLimit = TimeSpan.FromSeconds(script.StartsWith("cat", StringComparison.Ordinal) ? 1 : 120),
        StopLimit = TimeSpan.FromSeconds(script.StartsWith("trap", StringComparison.Ordinal) ? 1 : 120),
    };
}

using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void A_local_target_has_its_defaults()
    {
        var (target, guard, problems) = Bind("target: { kind: local, model: nano, memory: 1GiB, threads: 1 }");
        Assert.Empty(problems);
        Assert.Equal((TargetKind.Local, "nano", 1, 1L << 30, 1), (target.Kind, target.Model, target.Replicas, target.MemoryBytes, target.Threads));
        Assert.Equal(7200, target.Timeout.Seconds);
        Assert.Equal((1800, true), (guard.Drain.Max.Seconds, guard.Drain.ThenCancel));
    }

    [Fact]
    public void Weights_are_of_a_local_target_alone()
    {
        Assert.Null(Bind("target: { kind: local, model: nano }").Target.Weights);
        Assert.Equal("/models/wan", Bind("target: { kind: local, model: full, weights: /models/wan }").Target.Weights);
        Assert.Equal("target.weights", Assert.Single(Bind("target: { kind: http, url: \"http://127.0.0.1\", weights: drawn }").Problems).Field);
    }

    [Fact]
    public void Busy_polling_is_of_a_local_target_alone()
    {
        Assert.False(Bind("target: { kind: local, model: nano }").Target.BusyPoll);
        Assert.True(Bind("target: { kind: local, model: nano, busyPoll: true }").Target.BusyPoll);
        Assert.Equal("target.busyPoll", Assert.Single(Bind("target: { kind: emulated, model: nano, profile: measured, busyPoll: true }").Problems).Field);
        Assert.Equal("target.busyPoll", Assert.Single(Bind("target: { kind: local, model: nano, process: child, busyPoll: true }").Problems).Field);
    }

    [Fact]
    public void A_guarded_remote_target_is_bound_whole()
    {
        var (target, guard, problems) = Bind("""
            target: { kind: http, url: "https://videos.example/v1", protocol: generations, auth: env:VIDEO_KEY, timeout: 30m, connectTimeout: 3s, fetchContent: true }
            price: { perGpuHour: 2 }
            guard: { maxCalls: 500, maxInFlight: 200, maxSpend: 40 USD, stopWhen: { backlog: 100, errorShare: 0.2 }, drain: { max: 5m, then: leave } }
            """);
        Assert.Empty(problems);
        Assert.Equal((TargetProtocol.Generations, "VIDEO_KEY", 1800.0, 3.0, true), (target.Protocol, target.KeyVariable, target.Timeout.Seconds, target.ConnectTimeout.Seconds, target.FetchContent));
        Assert.False(target.IsLoopback);
        Assert.Equal((500, 200, new Usd(40), 100, 0.2), (guard.MaxCalls, guard.MaxInFlight, guard.MaxSpend, guard.Backlog, guard.ErrorShare));
        Assert.Equal((300, false), (guard.Drain.Max.Seconds, guard.Drain.ThenCancel));
    }

    [Theory]
    [InlineData("http://127.0.0.1:80", true)]
    [InlineData("http://localhost:80/v1", true)]
    [InlineData("http://[::1]:80", true)]
    [InlineData("http://10.0.0.1", false)]
    [InlineData("https://localhost.example", false)]
    public void Only_a_loopback_target_may_go_without_a_guard(string url, bool allowed)
    {
        var (_, _, problems) = Bind($$"""target: { kind: http, url: "{{url}}" }""");
        Assert.Equal(allowed, problems.Count == 0);
        Assert.All(problems, problem => Assert.Equal("guard", problem.Field));
    }

    [Fact]
    public void An_emulated_target_says_whose_times_it_waits_and_what_goes_wrong()
    {
        var (target, _, problems) = Bind("""
            target:
              kind: emulated
              profile: p
              model: a
              models: [a, b]
              replicas: 16
              speed: 500
              memory: 80GiB
              process: child
              real: { model: n, replicas: 2, memory: 1GiB, process: child }
              emulation: { failEvery: 10, crashEvery: 50, oomAbove: 4, poison: bad }
            """);
        Assert.Empty(problems);
        Assert.Equal((TargetKind.Emulated, "a", 16, 80L << 30, true, true), (target.Kind, target.Model, target.Replicas, target.MemoryBytes, target.InChildren, target.IsLoopback));
        Assert.Equal(["b"], target.Models);
        Assert.Equal(
            new EmulatedTarget
            {
                Profile = "p", Speed = 500, FailEvery = 10, CrashEvery = 50, OutOfMemoryAbove = 4, Poison = "bad",
                Real = new RealTarget { Model = "n", Replicas = 2, MemoryBytes = 1L << 30, InChildren = true },
            },
            target.Emulated);
    }

    [Fact]
    public void Saturation_is_looked_for_as_written()
    {
        Assert.Equal(new SaturationOptions(), Bind("guard: { stopWhen: { saturated: true } }").Guard.Saturation);
        Assert.Equal(new SaturationOptions { Stops = false }, Bind("guard: { stopWhen: { saturated: monitor } }").Guard.Saturation);
        Assert.Null(Bind("guard: { stopWhen: { saturated: false } }").Guard.Saturation);
        var written = Bind("guard: { stopWhen: { saturated: { mode: monitor, confidence: 0.99, window: 10m, minimum: 1m } } }").Guard.Saturation;
        Assert.Equal(new SaturationOptions { Stops = false, Confidence = 0.99, Window = Duration.FromSeconds(600), Minimum = Duration.FromSeconds(60) }, written);
    }

    [Theory]
    [InlineData("name: x", "target", "is missing")]
    [InlineData("target: local", "target", "is not a mapping")]
    [InlineData("target: { model: m }", "target.kind", "is missing")]
    [InlineData("target: { kind: cloud }", "target.kind", "is not known")]
    [InlineData("target: { kind: emulated, model: m }", "target.profile", "is missing")]
    [InlineData("target: { kind: emulated, profile: p }", "target.model", "is missing")]
    [InlineData("target: { kind: emulated, profile: p, model: m, speed: 0 }", "target.speed", "is not a number above 0 and at most 1000000")]
    [InlineData("target: { kind: emulated, profile: p, model: m, replicas: 20000 }", "target.replicas", "is not a whole number from 1 to 10000")]
    [InlineData("target: { kind: emulated, profile: p, model: m, weights: drawn }", "target.weights", "is for a local target")]
    [InlineData("target: { kind: emulated, profile: p, model: m, url: 'http://127.0.0.1' }", "target.url", "is for an http target")]
    [InlineData("target: { kind: emulated, profile: p, model: m, process: fork }", "target.process", "is not known")]
    [InlineData("target: { kind: emulated, profile: p, model: m, models: [[a]] }", "target.models[0]", "is not a model's name")]
    [InlineData("target: { kind: emulated, profile: p, model: m, emulation: { failEvery: -1 } }", "target.emulation.failEvery", "is not a whole number from 0 to 2147483647")]
    [InlineData("target: { kind: emulated, profile: p, model: m, emulation: { failAlways: 1 } }", "target.emulation.failAlways", "is not a known field")]
    [InlineData("target: { kind: emulated, profile: p, model: m, real: { replicas: 1 } }", "target.real.model", "is missing")]
    [InlineData("target: { kind: local, model: m, speed: 500 }", "target.speed", "is for an emulated target")]
    [InlineData("target: { kind: http, url: 'http://127.0.0.1', profile: p }", "target.profile", "is for an emulated target")]
    [InlineData("target: { kind: local }", "target.model", "is missing")]
    [InlineData("target: { kind: local, model: m, replicas: 65 }", "target.replicas", "is not a whole number from 1 to 64")]
    [InlineData("target: { kind: local, model: m, replicas: 0 }", "target.replicas", "is not a whole number from 1 to 64")]
    [InlineData("target: { kind: local, model: m, memory: lots }", "target.memory", "is not a number of bytes")]
    [InlineData("target: { kind: local, model: m, url: 'http://127.0.0.1' }", "target.url", "is for an http target")]
    [InlineData("target: { kind: local, model: m, modle: n }", "target.modle", "is not a known field")]
    [InlineData("target: { kind: http }", "target.url", "is missing")]
    [InlineData("target: { kind: http, url: 'ftp://127.0.0.1' }", "target.url", "is not an http address without user and password")]
    [InlineData("target: { kind: http, url: 'http://me:secret@127.0.0.1' }", "target.url", "is not an http address without user and password")]
    [InlineData("target: { kind: http, url: 'http://127.0.0.1', auth: sk-secret }", "target.auth", "does not name an environment variable")]
    [InlineData("target: { kind: http, url: 'http://127.0.0.1', protocol: grpc }", "target.protocol", "is not known")]
    [InlineData("target: { kind: http, url: 'http://127.0.0.1', timeout: 0s }", "target.timeout", "is not a duration from 1ms to 30d")]
    [InlineData("target: { kind: http, url: 'http://127.0.0.1', memory: 1GiB }", "target.memory", "is for a local target")]
    [InlineData("target: { kind: local, model: m }\nguard: { maxCalls: 0 }", "guard.maxCalls", "is not a whole number above 0")]
    [InlineData("target: { kind: local, model: m }\nguard: { maxSpend: 40 USD }", "guard.maxSpend", "cannot be watched without a price")]
    [InlineData("target: { kind: local, model: m }\nguard: { stopWhen: { errorShare: 2 } }", "guard.stopWhen.errorShare", "is not a share above 0 and up to 1")]
    [InlineData("target: { kind: local, model: m }\nguard: { stopWhen: { errors: 2 } }", "guard.stopWhen.errors", "is not a known field")]
    [InlineData("target: { kind: local, model: m }\nguard: { drain: { max: 5m, then: wait } }", "guard.drain.then", "is not known")]
    [InlineData("target: { kind: local, model: m }\nguard: { maxCall: 5 }", "guard.maxCall", "is not a known field")]
    [InlineData("target: { kind: local, model: m }\nguard: { stopWhen: { saturated: yes } }", "guard.stopWhen.saturated", "is not known")]
    [InlineData("target: { kind: local, model: m }\nguard: { stopWhen: { saturated: { confidence: 1 } } }", "guard.stopWhen.saturated.confidence", "is not a number from 0.5 to 0.999999")]
    [InlineData("target: { kind: local, model: m }\nguard: { stopWhen: { saturated: { minimum: 5m } } }", "guard.stopWhen.saturated.minimum", "is longer than the window")]
    [InlineData("target: { kind: local, model: m }\nguard: { stopWhen: { saturated: { windows: 5m } } }", "guard.stopWhen.saturated.windows", "is not a known field")]
    [InlineData("target: { kind: local, model: m }\nworkload: { closed: { users: 4 } }\nguard: { stopWhen: { saturated: true } }", "guard.stopWhen.saturated", "has no meaning in a closed loop: users who wait for their answers leave no backlog")]
    [InlineData("target: { kind: http, url: 'http://10.0.0.1' }\nguard: { stopWhen: { backlog: 5, saturated: true } }", "guard", "sets no limit to the load of a target on another machine")]
    public void A_mistake_is_one_problem_with_its_field(string yaml, string field, string message)
    {
        var (_, _, problems) = Bind(yaml);
        var problem = Assert.Single(problems);
        Assert.Equal((field, message), (problem.Field, problem.Message));
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_not_set_is_refused_when_the_target_is_made()
    {
        var options = new TargetOptions { Kind = TargetKind.Http, KeyVariable = "LOADLAB_TEST_KEY_THAT_IS_NOT_SET" };
        var thrown = Assert.Throws<InputException>(() => HttpTarget.Create(options, new Uri("http://127.0.0.1"), ClockMap.Shared()));
        Assert.Equal("LOADLAB_TEST_KEY_THAT_IS_NOT_SET", Assert.Single(thrown.Problems).Field);
    }

    private static (TargetOptions Target, GuardOptions Guard, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(yaml, "test.yaml", problems)!, "", problems)!;
        var target = TargetOptions.Bind(root);
        return (target, GuardOptions.Bind(root, remote: target.Url is not null && !target.IsLoopback), problems.All);
    }
}

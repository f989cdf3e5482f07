using System.CommandLine;
using System.Net;
using LoadLab.Core;
using LoadLab.Engine.Targets;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Server;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Server.Http;
using LoadLab.Model.Server.Replicas.Processes;
using LoadLab.Serving;

namespace LoadLab.Cli.Verbs;

/// <summary>serve: the model server alone, by options or as a scenario's target says.</summary>
internal static class ServeVerb
{
    private const string DefaultModel = "wan2.2-ti2v-5b-nano";

    private static readonly Dictionary<string, ResidencyChoice> s_residencies = new(StringComparer.Ordinal)
    {
        ["auto"] = ResidencyChoice.Auto, ["resident"] = ResidencyChoice.Resident, ["cpu-text"] = ResidencyChoice.CpuText, ["offload-text"] = ResidencyChoice.OffloadText,
    };

    /// <summary>A child ends with its parent. Ctrl+C in a terminal reaches both: the parent drains its calls, which the child must live to answer.</summary>
    public static readonly Option<bool> Child = new("--child") { Description = "stop when standard input ends, and leave Ctrl+C to the parent" };

    /// <summary>Not for people: this process is one replica of the server that waits at the address.</summary>
    public static readonly Option<string?> Replica = HiddenReplica();

    public static Command Create()
    {
        var scenario = Verb.Text("--scenario", "take model, memory, threads, queue and preload from this scenario's target and serving");
        var seed = Verb.Seed();
        var model = Verb.Text("--model", $"catalogue name (default {DefaultModel})");
        var lazy = new Option<bool>("--lazy") { Description = "load the model for the first job instead of at the start" };
        var weights = Verb.Text("--weights", "a checkpoint's folder of safetensors and tokenizer.json (small models: where their seeded weights are written once), or drawn: random ones made on the device");
        var memory = Verb.Bytes("--memory", "the replica's memory, for example 1GiB (default 1GiB; on a CUDA device all of it)");
        var residency = Verb.Word("--residency", "where the text encoder works: auto (the first plan that fits), resident, cpu-text, offload-text (default: resident for a small model, auto for a full one)", s_residencies);
        var threads = Verb.Whole("--threads", "compute threads (default: processors - 1)", 1, 4096);
        var backend = Backends.Option();
        var type = Backends.TypeOption();
        var bind = Verb.Text("--bind", "address to listen on (default 127.0.0.1; anything else needs --key-env or --keys)");
        var keyEnv = Verb.Text("--key-env", "environment variable that holds the bearer key clients must send; it stands for every tenant");
        var keys = Verb.Text("--keys", "file of the tenants' keys and their tiers (docs/http.md)");
        var port = Verb.Whole("--port", "0 = a free one", 0, 0, 65535);
        var runDir = Verb.Text("--run-dir", "write decisions.jsonl and server-samples.csv here");
        var epoch = Verb.Whole64("--epoch", "zero of the run's clock on this host's monotonic clock, nanoseconds");
        return new Command("serve", "Serves a model over HTTP on loopback until interrupted.") { scenario, seed, model, lazy, weights, memory, residency, threads, backend, type, bind, keyEnv, keys, port, runDir, epoch, Child, Replica }
            .Does(async (parsed, output, stop) =>
            {
                var read = parsed.GetValue(scenario) is { } file ? Scenario.Load(file, parsed.GetValue(seed)).ForTarget() : null;
                if (read is { Target.Kind: TargetKind.Http })
                {
                    throw Verb.Bad("--scenario", read.Path, "has no target that is served here", "write target: { kind: local, model: … } or { kind: emulated, … }");
                }

                var emulated = read?.Target.Emulated;

                var choice = BackendChoice.Parse(parsed.GetValue(backend));
                var weightType = Backends.ParseType(parsed.GetValue(type));
                Backends.RequireUsable(choice, weightType);
                var serving = read?.Serving ?? new ServingOptions();
                var chosen = parsed.GetValue(weights) ?? read?.Target.Weights;
                if (chosen is null && emulated is null && ModelCatalog.Find(parsed.GetValue(model) ?? read?.Target.Model ?? DefaultModel) is { IsSeeded: false } full)
                {
                    throw Verb.Bad("--weights", "", $"is needed: {full.Name} has weights of its own", "give its checkpoint's folder, or drawn; in a scenario, target.weights");
                }

                var options = new ModelServerOptions
                {
                    Model = parsed.GetValue(model) ?? read?.Target.Model ?? DefaultModel,
                    Serving = parsed.GetValue(lazy) ? serving with { Preload = false } : serving,
                    WeightsFolder = chosen is null or TargetOptions.DrawnWeights ? Host.WeightsCache : chosen,
                    DrawWeights = chosen == TargetOptions.DrawnWeights,
                    Threads = parsed.GetValue(threads) ?? read?.Target.Threads,
                    OwnsProcess = true,
                    BusyPoll = read?.Target.BusyPoll ?? false,
                    Residency = parsed.GetValue(residency),
                    MemoryBytes = Backends.CapacityBytes(choice, parsed.GetValue(memory) ?? (emulated is null ? read?.Target.MemoryBytes : emulated.Real?.MemoryBytes)),
                    Models = read?.Target.Models ?? [],
                    Replicas = read?.Target.Replicas ?? 1,
                    InChildren = read?.Target.InChildren ?? false,
                    Emulation = emulated is null ? null : EmulationOf(read!, emulated),
                    Real = emulated?.Real is { } real ? new RealReplicas(real.Model, real.Replicas, real.InChildren) : null,
                    Autoscaler = emulated is null ? null : read!.Autoscaler,
                    Program = ProgramOf(parsed, [scenario, seed, model, weights, memory, residency, threads, backend, type]),
                    CreateBackend = choice.IsTorch ? (capacity, count) => Backends.Create(choice, capacity, count) : null,
                    WeightType = weightType,
                    Bind = Address(parsed.GetValue(bind)),
                    Key = Key(parsed.GetValue(keyEnv)),
                    Keys = parsed.GetValue(keys) is { } keyFile ? ApiKeys.ReadFile(Verb.File(keyFile)) : null,
                    Port = parsed.GetValue(port),
                    RunFolder = parsed.GetValue(runDir),
                    EpochNanoseconds = parsed.GetValue(epoch),
                    Seed = read?.Seed ?? new Seed(parsed.GetValue(seed) ?? 0),
                    Lifeline = parsed.GetValue(Child) ? Console.OpenStandardInput() : null,
                    Output = output.Stdout,
                    Diagnostics = Console.Error,
                };
                if (parsed.GetValue(Replica) is { } address)
                {
                    ModelServer.RunReplica(options, address, stop);
                    return ExitCode.Done;
                }

                try
                {
                    await ModelServer.RunAsync(options, stop).ConfigureAwait(false);
                }
                catch (IOException e)
                {
                    throw new TargetFailedException($"the server could not start: {e.Message}");
                }

                return ExitCode.Done;
            });
    }

    private static Option<string?> HiddenReplica()
    {
        var option = Verb.Text("--replica", "be one replica of the server that waits at this address");
        option.Hidden = true;
        return option;
    }

    private static EmulationOptions EmulationOf(Scenario scenario, EmulatedTarget target) => new()
    {
        Profile = scenario.Profile!,
        Speed = target.Speed,
        MemoryBytes = scenario.Target.MemoryBytes,
        InChildren = scenario.Target.InChildren,
        Faults = new FaultOptions { FailEvery = target.FailEvery, CrashEvery = target.CrashEvery, OutOfMemoryAbove = target.OutOfMemoryAbove, Poison = target.Poison },
    };

    /// <summary>This program again, with what was said of models and devices.</summary>
    private static ReplicaProgram ProgramOf(ParseResult parsed, IReadOnlyList<Option> said)
    {
        var (program, before) = Host.Self;
        var options = said.SelectMany(option => parsed.GetResult(option) is { Tokens: [var value] } ? [option.Name, value.Value] : Array.Empty<string>());
        return new ReplicaProgram(program, [.. before, "serve", .. options, Replica.Name]);
    }

    private static IPAddress Address(string? text) => text is null
        ? IPAddress.Loopback
        : IPAddress.TryParse(text, out var address) ? address : throw Verb.Bad("--bind", text, "is not an IP address", "write for example 127.0.0.1");

    private static string? Key(string? variable) => variable is null
        ? null
        : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key : throw Verb.Bad("--key-env", variable, "is not set in the environment", "put the key into it");
}

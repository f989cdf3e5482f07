using System.Net;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Engine.Observers;
using LoadLab.Engine.Polling;
using LoadLab.Engine.Targets.Http;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets;

public enum TargetKind
{
    /// <summary>A model server started as a child process on this machine.</summary>
    Local,

    /// <summary>The same server, whose replicas wait a profile's times instead of computing.</summary>
    Emulated,

    /// <summary>A service that already runs.</summary>
    Http,
}

/// <summary>The target section of a scenario: whom the load is played against.</summary>
public sealed record TargetOptions
{
    public static readonly Duration DefaultTimeout = Duration.FromSeconds(2 * 3600);

    /// <summary>Real replicas of one machine at most.</summary>
    public const int MostRealReplicas = 64;

    private const int MostEmulatedReplicas = 10_000;

    /// <summary>The word for random weights made on the device.</summary>
    public const string DrawnWeights = "drawn";

    public TargetKind Kind { get; init; }

    /// <summary>The model that calls ask for when they name none; required for a local or emulated target.</summary>
    public string Model { get; init; } = "";

    /// <summary>Further models of a local or emulated target.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Of a local or emulated target. Real ones share this machine's processors.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Whether each replica of a local or emulated target is a process of its own.</summary>
    public bool InChildren { get; init; }

    /// <summary>What an emulated target waits; null for any other.</summary>
    public EmulatedTarget? Emulated { get; init; }

    /// <summary>Memory of one replica of a local or emulated target in bytes; null = the server's own default.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Of a local target: a checkpoint's folder, or <see cref="DrawnWeights"/>; null = what a small model makes itself.</summary>
    public string? Weights { get; init; }

    /// <summary>Compute threads of a local server; null = all processors but one.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the replicas of a local target look for their next batch without sleeping where they have processors of their own, so that a call's time does not hang on how long these had nothing to do.</summary>
    public bool BusyPoll { get; init; }

    /// <summary>Address of an http target.</summary>
    public Uri? Url { get; init; }

    /// <summary>How the service is talked to.</summary>
    public TargetProtocol Protocol { get; init; } = TargetProtocol.Videos;

    /// <summary>Environment variable that holds the key; the key itself never stands in a file.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>Header that shows the key; null = the protocol's own.</summary>
    public string? KeyHeader { get; init; }

    /// <summary>Word before the key, empty for none; null = the protocol's own.</summary>
    public string? KeyScheme { get; init; }

    /// <summary>How closely the ends of jobs are asked for.</summary>
    public PollingOptions Polling { get; init; } = new();

    /// <summary>From sending to the end of the job; past it the call is timed out.</summary>
    public Duration Timeout { get; init; } = DefaultTimeout;

    public Duration ConnectTimeout { get; init; } = Duration.FromSeconds(15);

    /// <summary>Whether finished clips are fetched, which costs the service bandwidth and this machine none of its time in the latency.</summary>
    public bool FetchContent { get; init; }

    /// <summary>Longest body read of a plain target or a clip.</summary>
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>What Prometheus servers are asked while the run plays.</summary>
    public ObserveOptions Observe { get; init; } = new();

    /// <summary>Connections open at once at most; a call that would need one more fails as client-sockets. What the process has file descriptors for.</summary>
    public int MostConnections { get; init; } = ConnectionBook.MostOfProcess;

    /// <summary>Whether the load stays on this machine.</summary>
    public bool IsLoopback => Kind != TargetKind.Http || (Url is not null && IsLoopbackHost(Url));

    /// <summary>Binds the target section of a scenario's root. Problems are added to the root's; the options returned are then not to be used.</summary>
    public static TargetOptions Bind(Section root)
    {
        if (!root.Has("target"))
        {
            root.Missing("target", "{ kind: local, model: wan2.2-ti2v-5b-nano }");
            return new TargetOptions();
        }

        if (root.Child("target") is not { } target)
        {
            return new TargetOptions();
        }

        var kind = Kinds(target);
        var options = (kind switch { TargetKind.Http => Http(target), TargetKind.Emulated => WithModels(target, Emulation(target)), _ => WithModels(target, Local(target)) }) with { Model = target.Text("model", ""), Timeout = Limit(target, "timeout", DefaultTimeout) };
        options = options with { Polling = PollingOptions.Bind(target), FetchContent = target.Flag("fetchContent", false), Observe = ObserveOptions.Bind(target) };
        target.Close();
        if (kind == TargetKind.Http && options.Url is not null && !options.IsLoopback && !root.Has("guard"))
        {
            root.Missing("guard", "{ maxCalls: 100, maxInFlight: 10 }: a target on another machine is not loaded without a limit");
        }

        return options;
    }

    private static TargetKind Kinds(Section target)
    {
        if (!target.Has("kind"))
        {
            target.Missing("kind", "local, emulated or http");
        }

        return target.Choice("kind", TargetKind.Local, ("local", TargetKind.Local), ("emulated", TargetKind.Emulated), ("http", TargetKind.Http));
    }

    private static TargetOptions Local(Section target)
    {
        Refuse(target, "is for an emulated target", "profile", "speed", "real", "emulation");
        return new TargetOptions
        {
            Kind = TargetKind.Local,
            Replicas = target.Integer("replicas", 1, 1, MostRealReplicas),
            Weights = target.Has("weights") ? target.Text("weights") : null,
            BusyPoll = target.Flag("busyPoll", false),
        };
    }

    private static TargetOptions Emulation(Section target)
    {
        Refuse(target, "is for a local target", "weights", "busyPoll");
        return new TargetOptions
        {
            Kind = TargetKind.Emulated,
            Replicas = target.Integer("replicas", 1, 1, MostEmulatedReplicas),
            Emulated = EmulatedTarget.Bind(target),
        };
    }

    /// <summary>What the servers that are started here have in common.</summary>
    private static TargetOptions WithModels(Section target, TargetOptions options)
    {
        if (!target.Has("model") && target.Text("kind") is "local" or "emulated")
        {
            target.Missing("model", "wan2.2-ti2v-5b-nano");
        }

        Refuse(target, "is for an http target", "url", "protocol", "vars", "auth");
        options = options with
        {
            Models = [.. Names(target).Where(name => name != target.Text("model")).Distinct()],
            MemoryBytes = target.Bytes("memory"),
            Threads = target.Has("threads") ? target.Integer("threads", 1, 1, 4096) : null,
            InChildren = InChildrenOf(target),
        };
        if (options is { BusyPoll: true, InChildren: true })
        {
            target.Problems.Add(target.Find("busyPoll")!, target.PathOf("busyPoll"), null, "does not go with process: child", "leave one of them out");
        }

        return options;
    }

    private static IEnumerable<string> Names(Section target)
    {
        foreach (var (node, path) in target.Items("models"))
        {
            if (node is ScalarNode { Text.Length: > 0 } name)
            {
                yield return name.Text;
            }
            else
            {
                target.Problems.Add(node, path, null, "is not a model's name", "write for example [wan2.2-ti2v-5b-nano, wan2.2-ti2v-5b-pico]");
            }
        }
    }

    /// <summary>The key <c>process</c>: whether each replica is a thread of the server or a process of its own.</summary>
    internal static bool InChildrenOf(Section section) => section.Choice("process", false, ("thread", false), ("child", true));

    private static TargetOptions Http(Section target)
    {
        Refuse(target, "is for a local target", "replicas", "memory", "threads", "weights", "models", "process", "busyPoll");
        Refuse(target, "is for an emulated target", "profile", "speed", "real", "emulation");
        var options = Key(target) with
        {
            Kind = TargetKind.Http,
            Url = Address(target),
            Protocol = TargetProtocol.Bind(target),
            ConnectTimeout = Limit(target, "connectTimeout", Duration.FromSeconds(15)),
        };
        if (options.Protocol.Submit.Path.Uses(CallField.Model) && !target.Has("model"))
        {
            target.Missing("model", $"the model's name, which protocol {options.Protocol.Name} has in its address");
        }

        return options;
    }

    private static Uri? Address(Section target)
    {
        if (target.Text("url") is not { } text)
        {
            if (!target.Has("url"))
            {
                target.Missing("url", "http://127.0.0.1:8000");
            }

            return null;
        }

        if (Secrets.InQuery(text))
        {
            Secrets.Refuse(target.Problems, target.Find("url")!, target.PathOf("url"));
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url!.UserInfo.Length == 0)
        {
            return url;
        }

        target.Problems.Add(target.Find("url")!, target.PathOf("url"), url?.UserInfo.Length > 0 ? null : text, "is not an http address without user and password", "write for example http://127.0.0.1:8000");
        return null;
    }

    /// <summary>auth: env:NAME, or a mapping that also says which header shows the key and after which word.</summary>
    private static TargetOptions Key(Section target)
    {
        if (target.Find("auth") is not MappingNode)
        {
            return new TargetOptions { KeyVariable = Variable(target, "auth", "env:") };
        }

        var auth = target.Child("auth")!;
        if (!auth.Has("env"))
        {
            auth.Missing("env", "the name of the variable that holds the key");
        }

        var options = new TargetOptions { KeyVariable = Variable(auth, "env", ""), KeyHeader = AuthForm.HeaderOf(auth), KeyScheme = AuthForm.SchemeOf(auth) };
        auth.Close();
        return options;
    }

    private static string? Variable(Section section, string field, string prefix)
    {
        if (section.Text(field) is not { } text)
        {
            return null;
        }

        if (text.StartsWith(prefix, StringComparison.Ordinal) && text.Length > prefix.Length && text.AsSpan(prefix.Length).IndexOfAnyExcept(s_nameCharacters) < 0)
        {
            return text[prefix.Length..];
        }

        // The value may be a key that someone pasted: it is not repeated.
        section.Problems.Add(section.Find(field)!, section.PathOf(field), null, "does not name an environment variable", $"write {prefix}NAME and put the key into NAME");
        return null;
    }

    private static readonly System.Buffers.SearchValues<char> s_nameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static Duration Limit(Section target, string field, Duration fallback) =>
        target.Value(field, Quantity.Time, time => time.Seconds is >= 0.001 and <= 30 * 86400.0, "a duration from 1ms to 30d", "2h") ?? fallback;

    private static void Refuse(Section target, string why, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (target.Find(field) is { } node)
            {
                target.Problems.Add(node, target.PathOf(field), null, why, "leave it out");
            }
        }
    }

    private static bool IsLoopbackHost(Uri url) =>
        url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}

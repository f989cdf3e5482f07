using System.Collections.Concurrent;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets;

/// <summary>
/// How to talk to a video service, read from a protocol file (docs/protocols.md): the request that asks for a clip, where the job stands in the answer, how to ask about it, what
/// the service's words mean, and which clocks it gives. Compiled once per target. Choose one that is shipped by its name, or write a file.
/// </summary>
public sealed class TargetProtocol
{
    private static readonly ConcurrentDictionary<string, TargetProtocol> s_shipped = new(StringComparer.Ordinal);

    private TargetProtocol(string name) => Name = name;

    /// <summary>POST /v1/videos, then asked about until it ends: this build's own server.</summary>
    public static TargetProtocol Videos => Shipped("videos");

    /// <summary>POST /v1/videos/generations, blocking.</summary>
    public static TargetProtocol Generations => Shipped("generations");

    /// <summary>GET of one address.</summary>
    public static TargetProtocol Plain => Shipped("plain");

    /// <summary>Names of the protocols that every build carries, in order.</summary>
    public static IReadOnlyList<string> ShippedNames => ProtocolSource.ShippedNames;

    /// <summary>The file's name without its ending.</summary>
    public string Name { get; }

    /// <summary>Whether jobs are asked about; otherwise the end of the answer is the end of the call.</summary>
    public bool IsPolled => Poll is not null;

    internal RequestTemplate Submit { get; private init; } = null!;

    /// <summary>Statuses of HTTP that accept a call; empty = 200 to 299.</summary>
    internal IReadOnlyList<int> Accepts { get; private init; } = [];

    internal RetryRule? Retry { get; private init; }

    internal JobFields Job { get; private init; } = new();

    internal PollRule? Poll { get; private init; }

    internal StatusMap? Status { get; private init; }

    internal ErrorMap Errors { get; private init; } = null!;

    internal ClockFields Clocks { get; private init; } = new();

    internal ServedFields Served { get; private init; } = new();

    internal RequestTemplate? Content { get; private init; }

    internal IReadOnlyList<RequestTemplate> Cancel { get; private init; } = [];

    internal RequestTemplate? Greeting { get; private init; }

    internal AuthForm Auth { get; private init; } = AuthForm.Bearer;

    internal double? Fps { get; private init; }

    /// <summary>Whether answers of a blocking protocol are read for what they say; otherwise their bytes are counted.</summary>
    internal bool ReadsAnswer => Poll is not null || Status is not null || Clocks.Any;

    /// <summary>One that is shipped, with its own variables: the same each time. Throws <see cref="InputException"/> for a name that is not.</summary>
    public static TargetProtocol Shipped(string name) => ShippedNames.Contains(name)
        ? s_shipped.GetOrAdd(name, static known => ReadWhole(known, ProtocolSource.Shipped, known + ".yaml"))
        : throw new InputException(new Problem("protocols", 0, "protocol", name, "is not shipped", $"write {string.Join(" or ", ShippedNames)}"));

    /// <summary>A protocol file by its path. Throws <see cref="InputException"/> with every mistake in it.</summary>
    public static TargetProtocol Read(string path) => ReadWhole(Path.GetFileNameWithoutExtension(path), ProtocolSource.OfFile(path), Path.GetFileName(path));

    /// <summary>The fields protocol and vars of a scenario's target. Problems, also those of the protocol file, are added to the section's; what is returned is then not to be used.</summary>
    internal static TargetProtocol Bind(Section target)
    {
        var vars = target.Child("vars");
        var word = target.Text("protocol", "videos");
        var node = target.Find("protocol") ?? target.Node;
        if (word.EndsWith(".yaml", StringComparison.Ordinal) || word.EndsWith(".yml", StringComparison.Ordinal))
        {
            var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target.Node.File)) ?? "", word);
            return Load(Path.GetFileNameWithoutExtension(word), ProtocolSource.OfFile(path), Path.GetFileName(path), vars, node, target.PathOf("protocol"), target.Problems) ?? Videos;
        }

        (string, string)[] names = [.. ShippedNames.Select(name => (name, name))];
        var known = target.Choice("protocol", "videos", names);
        return vars is null ? Shipped(known) : Load(known, ProtocolSource.Shipped, known + ".yaml", vars, node, target.PathOf("protocol"), target.Problems) ?? Videos;
    }

    private static TargetProtocol ReadWhole(string name, ProtocolSource source, string file)
    {
        var problems = new Problems();
        var path = source.PathOf(file);
        var protocol = Load(name, source, file, null, new ScalarNode(path, 0, path), "", problems);
        problems.ThrowIfAny();
        return protocol!;
    }

    /// <summary>Null with problems when the file cannot be read or is wrong.</summary>
    private static TargetProtocol? Load(string name, ProtocolSource source, string file, Section? given, Node node, string field, Problems problems)
    {
        var before = problems.All.Count;
        if (source.ReadBeside(file, node, field, problems) is not { } bytes
            || YamlDocument.ReadText(Encoding.UTF8.GetString(bytes), source.PathOf(file), problems) is not { } root
            || Section.Open(root, "", problems) is not { } section)
        {
            return null;
        }

        var protocol = Compile(name, section, ProtocolVariables.Bind(section, source, given));
        return problems.All.Count == before ? protocol : null;
    }

    private static TargetProtocol Compile(string name, Section section, ProtocolVariables variables)
    {
        var problems = section.Problems;
        if (!section.Has("submit"))
        {
            section.Missing("submit", "{ request: POST v1/videos, json: { prompt: \"{{prompt}}\" } }");
        }

        var submit = section.Child("submit");
        var polled = section.Has("poll");
        var protocol = new TargetProtocol(name)
        {
            Submit = (submit is null ? null : RequestTemplate.Bind(submit, variables, withId: false))!,
            Accepts = submit?.Statuses("accept", []) ?? [],
            Retry = submit is null ? null : RetryRule.Bind(submit),
            Job = JobFields.Bind(section, polled),
            Poll = PollRule.Bind(section, variables),
            Status = StatusMap.Bind(section, polled),
            Errors = ErrorMap.Bind(section),
            Clocks = ClockFields.Bind(section),
            Served = ServedFields.Bind(section),
            Content = section.Find("content") is { } content ? RequestTemplate.Bind(content, "content", variables, problems, withId: true) : null,
            Cancel = [.. section.Items("cancel").Select(item => RequestTemplate.Bind(item.Node, item.Path, variables, problems, withId: true)!).Where(request => request is not null)],
            Greeting = section.Find("greet") is { } greeting ? RequestTemplate.Bind(greeting, "greet", variables, problems, withId: false) : null,
            Auth = AuthForm.Bind(section),
            Fps = variables.Fps,
        };
        section.Text("about");
        submit?.Close();
        section.Close();
        return protocol;
    }
}

using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>A refused call is sent again: <c>retry: { on: [503], for: 60s, pause: 1s }</c>. Its latency still counts from its intended time, each sending is an attempt.</summary>
/// <param name="Statuses">Of HTTP that are worth it.</param>
/// <param name="For">From the first sending.</param>
/// <param name="Pause">Between two, where the service does not say how long.</param>
internal sealed record RetryRule(IReadOnlyList<int> Statuses, Duration For, Duration Pause)
{
    public static RetryRule? Bind(Section submit)
    {
        if (submit.Child("retry") is not { } section)
        {
            return null;
        }

        var rule = new RetryRule(
            section.Statuses("on", [503]),
            section.Value("for", Quantity.Time, time => time.Seconds is > 0 and <= 3600, "a duration up to an hour", "60s") ?? Duration.FromSeconds(60),
            section.Value("pause", Quantity.Time, time => time.Seconds is >= 0.01 and <= 60, "a duration from 10ms to 60s", "1s") ?? Duration.FromSeconds(1));
        section.Close();
        return rule;
    }
}

/// <summary>Where the answer to a call names its job: an id, or addresses to ask about it, to cancel it and to fetch its clip. Addresses must be of the service itself.</summary>
internal sealed record JobFields
{
    public FieldPath? Id { get; private init; }

    public FieldPath? StatusUrl { get; private init; }

    public FieldPath? CancelUrl { get; private init; }

    public FieldPath? ContentUrl { get; private init; }

    public static JobFields Bind(Section protocol, bool polled)
    {
        if (protocol.Child("job") is not { } section)
        {
            if (polled && !protocol.Has("job"))
            {
                protocol.Missing("job", "{ id: id }: where the answer to a call names its job");
            }

            return new JobFields();
        }

        var fields = new JobFields
        {
            Id = FieldPath.Bind(section, "id"),
            StatusUrl = FieldPath.Bind(section, "statusUrl"),
            CancelUrl = FieldPath.Bind(section, "cancelUrl"),
            ContentUrl = FieldPath.Bind(section, "contentUrl"),
        };
        if (!section.Has("id") && !section.Has("statusUrl"))
        {
            section.Missing("id", "the path of the job's id, for example id");
        }

        section.Close();
        return fields;
    }
}

/// <summary>How a service is asked about a job.</summary>
internal sealed record PollRule
{
    /// <summary>Null when the service gives an address of its own for each job.</summary>
    public RequestTemplate? Request { get; private init; }

    /// <summary>A query with which the service holds the request until the job ends; empty when it has none.</summary>
    public string Wait { get; private init; } = "";

    /// <summary>A service may not know a job at once. Not found for this long without a break is lost.</summary>
    public Duration LostAfter { get; private init; } = Duration.FromSeconds(5);

    /// <summary>Broken polls in a row that do not end a call.</summary>
    public int Faults { get; private init; } = 3;

    public FieldPath? Progress { get; private init; }

    /// <summary>The value of progress at the end of a job.</summary>
    public double ProgressOf { get; private init; } = 100;

    /// <summary>For a service whose answer is the same for a job on its way and one it never heard of: a list of the jobs it has.</summary>
    public RequestTemplate? Known { get; private init; }

    /// <summary>How often that list is asked for.</summary>
    public Duration KnownEvery { get; private init; } = Duration.FromSeconds(30);

    public static PollRule? Bind(Section protocol, ProtocolVariables variables)
    {
        if (protocol.Child("poll") is not { } section)
        {
            return null;
        }

        var known = section.Child("known");
        var progress = section.Find("progress") is MappingNode ? section.Child("progress") : null;
        var rule = new PollRule
        {
            Request = section.Has("request") ? RequestTemplate.Bind(section, variables, withId: true) : null,
            Wait = section.Text("wait", ""),
            LostAfter = section.Value("lostAfter", Quantity.Time, time => time.Seconds <= 600, "a duration up to 10m", "5s") ?? Duration.FromSeconds(5),
            Faults = section.Integer("faults", 3, 0, 100),
            Progress = progress is null ? FieldPath.Bind(section, "progress") : FieldPath.Bind(progress, "at"),
            ProgressOf = progress?.Number("of", 100, 1e-9, 1e9, "100") ?? 100,
            Known = known is null ? null : RequestTemplate.Bind(known, variables, withId: true),
            KnownEvery = known?.Value("every", Quantity.Time, time => time.Seconds is >= 0.1 and <= 3600, "a duration from 100ms to 1h", "30s") ?? Duration.FromSeconds(30),
        };
        if (rule.Request is null && !section.Has("request") && (protocol.Find("job") as MappingNode)?.Find("statusUrl") is null)
        {
            section.Missing("request", "GET v1/videos/{{id}}, or name job.statusUrl");
        }

        if (rule.Wait.Length > 0 && (rule.Wait.Length > 100 || Secrets.InQuery("?" + rule.Wait) || !rule.Wait.All(c => char.IsAsciiLetterOrDigit(c) || c is '=' or '&' or '_' or '-' or '.')))
        {
            section.Problems.Add(section.Find("wait")!, section.PathOf("wait"), null, "is not a query", "write for example wait=30s");
        }

        progress?.Close();
        known?.Close();
        section.Close();
        return rule;
    }
}

/// <summary>What a service tells of how it served a job.</summary>
internal sealed record ServedFields
{
    public FieldPath? Model { get; private init; }

    public FieldPath? Batch { get; private init; }

    public FieldPath? BatchSize { get; private init; }

    public FieldPath? Replica { get; private init; }

    public FieldPath? Attempts { get; private init; }

    public static ServedFields Bind(Section protocol)
    {
        if (protocol.Child("served") is not { } section)
        {
            return new ServedFields();
        }

        var fields = new ServedFields
        {
            Model = FieldPath.Bind(section, "model"),
            Batch = FieldPath.Bind(section, "batch"),
            BatchSize = FieldPath.Bind(section, "batchSize"),
            Replica = FieldPath.Bind(section, "replica"),
            Attempts = FieldPath.Bind(section, "attempts"),
        };
        section.Close();
        return fields;
    }
}

/// <summary>How a key is shown to the service: <c>Authorization: Bearer KEY</c> unless the protocol or the scenario says otherwise. An empty scheme sends the key alone.</summary>
internal sealed record AuthForm(string Header, string Scheme)
{
    public static readonly AuthForm Bearer = new("Authorization", "Bearer");

    /// <summary>From the auth section of a protocol file.</summary>
    public static AuthForm Bind(Section protocol)
    {
        if (protocol.Child("auth") is not { } section)
        {
            return Bearer;
        }

        var form = new AuthForm(HeaderOf(section) ?? Bearer.Header, SchemeOf(section) ?? Bearer.Scheme);
        section.Close();
        return form;
    }

    /// <summary>Null when absent.</summary>
    public static string? HeaderOf(Section section)
    {
        if (section.Text("header") is not { } header || (header.Length is > 0 and <= 100 && header.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
        {
            return section.Text("header");
        }

        section.Problems.Add(section.Find("header")!, section.PathOf("header"), null, "is not the name of a header", "write for example X-Api-Key");
        return null;
    }

    /// <summary>Null when absent.</summary>
    public static string? SchemeOf(Section section) =>
        section.Has("scheme") ? section.Choice("scheme", "Bearer", ("Bearer", "Bearer"), ("Key", "Key"), ("none", "")) : null;
}

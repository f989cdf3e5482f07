using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>The status section of a protocol file: where the status stands and what its words mean.</summary>
internal sealed class StatusMap
{
    private static readonly (string Field, JobState State)[] s_states =
    [
        ("queued", JobState.Queued), ("in_progress", JobState.InProgress), ("completed", JobState.Completed),
        ("failed", JobState.Failed), ("cancelled", JobState.Cancelled), ("rejected", JobState.Rejected),
    ];

    private readonly Dictionary<string, JobState> _words = new(StringComparer.Ordinal);
    private FieldPath? _at;
    private FieldPath? _failedIf;
    private FieldPath? _cancelledIf;

    /// <summary>What an answer without a status means; null = it is no answer of this protocol.</summary>
    public JobState? Absent { get; private set; }

    public IEnumerable<string> WordsOf(JobState state) => _words.Where(word => word.Value == state).Select(word => word.Key).Order(StringComparer.Ordinal);

    /// <summary>Null when absent.</summary>
    public static StatusMap? Bind(Section protocol, bool polled)
    {
        if (protocol.Child("status") is not { } section)
        {
            if (polled && !protocol.Has("status"))
            {
                protocol.Missing("status", "{ at: status, queued: [queued], in_progress: [in_progress], completed: [completed], failed: [failed] }");
            }

            return null;
        }

        var map = new StatusMap
        {
            _at = FieldPath.Bind(section, "at"),
            _failedIf = FieldPath.Bind(section, "failedIf"),
            _cancelledIf = FieldPath.Bind(section, "cancelledIf"),
            Absent = section.Has("absent") ? section.Choice("absent", JobState.InProgress, s_states) : null,
        };
        if (!section.Has("at"))
        {
            section.Missing("at", "the path of the status, for example status");
        }

        foreach (var (field, state) in s_states)
        {
            map.Read(section, field, state);
        }

        foreach (var state in s_states.Where(state => polled && state.State is JobState.Completed or JobState.Failed && !section.Has(state.Field) && map.Absent != state.State))
        {
            section.Missing(state.Field, "the service's words for it");
        }

        section.Close();
        return map;
    }

    /// <summary>Null for a word that is no status, and for none where one must stand.</summary>
    public JobState? Of(JsonElement answer, string id)
    {
        if (_cancelledIf?.Find(answer, id) is not null)
        {
            return JobState.Cancelled;
        }

        var state = _at?.Word(answer, id) is not { } word ? Absent : _words.TryGetValue(word, out var known) ? known : null;
        return state == JobState.Completed && IsSet(_failedIf?.Find(answer, id)) ? JobState.Failed : state;
    }

    /// <summary>Whether the answer has a status at all.</summary>
    public bool IsIn(JsonElement answer, string id) => _at?.Word(answer, id) is not null;

    private static bool IsSet(JsonElement? element) => element is { ValueKind: not JsonValueKind.False } found && !(found.ValueKind == JsonValueKind.String && found.GetString()!.Length == 0);

    private void Read(Section section, string field, JobState state)
    {
        foreach (var (node, path) in section.Items(field))
        {
            if (node is not ScalarNode { Text: { Length: > 0 and <= 100 } word })
            {
                section.Problems.Add(node, path, (node as ScalarNode)?.Text, "is not a word of a status", "write for example completed");
            }
            else if (!_words.TryAdd(word, state))
            {
                section.Problems.Add(node, path, word, "stands for two states", "keep one");
            }
        }
    }
}

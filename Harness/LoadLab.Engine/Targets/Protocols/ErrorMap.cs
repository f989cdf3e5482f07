using System.Globalization;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>
/// The errors section of a protocol file: what the service's codes and HTTP statuses mean. Without a word of its own, 429 and 503 are refusals under these numbers, the codes
/// expired, quota, overload and content are refusals under these words, and all else has failed under the service's own word.
/// </summary>
internal sealed class ErrorMap
{
    private const int MaxReason = 40;
    private readonly Dictionary<string, (Outcome Outcome, string Reason)> _words = new(StringComparer.Ordinal)
    {
        ["expired"] = (Outcome.Rejected, "expired"),
        ["quota"] = (Outcome.Rejected, "quota"),
        ["overload"] = (Outcome.Rejected, "overload"),
        ["content"] = (Outcome.Rejected, "content"),
    };

    private readonly Dictionary<int, (Outcome Outcome, string Reason)> _statuses = new()
    {
        [429] = (Outcome.Rejected, "429"),
        [503] = (Outcome.Rejected, "503"),
    };

    private FieldPath? _at;

    public ScalingRule? Scaling { get; private set; }

    public static ErrorMap Bind(Section protocol)
    {
        var map = new ErrorMap();
        if (protocol.Child("errors") is not { } section)
        {
            return map;
        }

        map._at = FieldPath.Bind(section, "at");
        map.Read(section, "rejected", Outcome.Rejected);
        map.Read(section, "failed", Outcome.Failed);
        map.Scaling = ScalingRule.Bind(section);
        section.Close();
        return map;
    }

    /// <summary>The service's word for what went wrong; null without one.</summary>
    public string? Word(JsonElement answer, string id) => _at?.Word(answer, id);

    /// <summary>What a word of a job that failed means; null for none.</summary>
    public (Outcome Outcome, string Reason)? OfWord(string? word) =>
        string.IsNullOrEmpty(word) ? null : _words.TryGetValue(word, out var known) ? known : (Outcome.Failed, Tidy(word));

    /// <summary>What an answer that is not a success means. The service's own word says more than the status where the file maps it.</summary>
    public (Outcome Outcome, string Reason) OfRefusal(int status, string? word) =>
        word is not null && _words.TryGetValue(word, out var known) ? known
        : _statuses.TryGetValue(status, out var mapped) ? mapped
        : (Outcome.Failed, string.Create(CultureInfo.InvariantCulture, $"http-{status}"));

    /// <summary>A service's words become a short code: they end up in a table and on a page.</summary>
    public static string Tidy(string code) =>
        string.Concat(code.Take(MaxReason).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? char.ToLowerInvariant(c) : '-'));

    private void Read(Section errors, string field, Outcome outcome)
    {
        if (errors.Child(field) is not { } section)
        {
            return;
        }

        foreach (var entry in section.Entries)
        {
            if (entry.Key.Length > MaxReason || Tidy(entry.Key) != entry.Key)
            {
                section.Problems.Add(new Problem(entry.Value.File, entry.Line, section.PathOf(entry.Key), null, "is not a reason", "write lower-case letters, digits and -, for example content"));
            }

            foreach (var (node, path) in section.Items(entry.Key))
            {
                if (node is not ScalarNode { Text: { Length: > 0 and <= 100 } word })
                {
                    section.Problems.Add(node, path, (node as ScalarNode)?.Text, "is not a code of an error or a status of HTTP", "write for example content_policy_violation or 422");
                }
                else if (Quantity.Integer(word) is >= 300 and <= 599 and var status)
                {
                    _statuses[(int)status] = (outcome, entry.Key);
                }
                else
                {
                    _words[word] = (outcome, entry.Key);
                }
            }
        }
    }
}

/// <summary>When a refusal means that the service is starting its first replica.</summary>
/// <param name="Statuses">HTTP statuses it may come with.</param>
/// <param name="ByRetryAfter">A Retry-After header says so.</param>
/// <param name="Texts">Texts in the body that say so.</param>
internal sealed record ScalingRule(IReadOnlyList<int> Statuses, bool ByRetryAfter, IReadOnlyList<string> Texts)
{
    public const string Reason = "scaling-from-zero";

    public static ScalingRule? Bind(Section errors)
    {
        if (errors.Child("scalingFromZero") is not { } section)
        {
            return null;
        }

        var rule = new ScalingRule(section.Statuses("on", [503]), section.Flag("retryAfter", false), section.Words("body"));
        if (!rule.ByRetryAfter && rule.Texts.Count == 0)
        {
            section.Missing("retryAfter", "true, or body: a text that tells it from another refusal");
        }

        section.Close();
        return rule;
    }

    public bool Says(int status, bool hasRetryAfter, ReadOnlySpan<byte> body)
    {
        if (!Statuses.Contains(status))
        {
            return false;
        }

        foreach (var text in Texts)
        {
            if (body.IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0)
            {
                return true;
            }
        }

        return ByRetryAfter && hasRetryAfter;
    }
}

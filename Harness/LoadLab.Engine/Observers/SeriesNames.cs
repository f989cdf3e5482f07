using System.Globalization;
using System.Text;

namespace LoadLab.Engine.Observers;

/// <summary>
/// Names of one query's series in samples.csv: the metric, then the labels that tell series apart, as gpu.util/pod=wan-0,gpu=0. What every scrape adds and long identifiers are left out;
/// two series that would then share a name get a hash of all their labels. A name, once given, stays.
/// </summary>
internal sealed class SeriesNames(string metric)
{
    public const int Most = 1000;
    private const int MostLabels = 4;
    private const int LongestValue = 48;

    private static readonly string[] s_first = ["exported_pod", "pod", "deployment", "kn_service_name", "kn_revision_name", "service_name", "revision_name", "replica", "gpu", "gpu_uuid", "Hostname", "node", "model_name", "model", "version", "instance"];

    private static readonly HashSet<string> s_noise = new(StringComparer.Ordinal)
    {
        "__name__", "job", "endpoint", "prometheus", "prometheus_replica", "container", "exported_container", "service", "uid", "UUID", "device", "modelName", "pci_bus_id",
        "kn_configuration_name", "configuration_name", "k8s_deployment_name", "service_instance_id", "service_version", "container_name",
    };

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public int Count => _names.Count;

    /// <summary>Null when the query has shown more series than are kept.</summary>
    public string? Of(IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        var key = string.Join('\n', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
        if (_names.TryGetValue(key, out var known))
        {
            return known;
        }

        if (_names.Count == Most)
        {
            return null;
        }

        var name = Tidied(labels) is { Length: > 0 } tidied ? $"{metric}/{tidied}" : metric;
        name = _taken.Add(name) ? name : $"{name}{(name == metric ? "/" : ",")}series={Hash(key):x8}";
        _taken.Add(name);
        return _names[key] = name;
    }

    private static string Tidied(IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        var named = labels.Where(label => label.Value.Length > 0 && !s_noise.Contains(label.Key) && !label.Key.StartsWith("DCGM_FI_", StringComparison.Ordinal)).ToList();
        if (named.Any(label => label.Key is "pod" or "exported_pod" or "Hostname"))
        {
            named.RemoveAll(label => label.Key == "instance");
        }

        return string.Join(',', named.OrderBy(label => Rank(label.Key)).ThenBy(label => label.Key, StringComparer.Ordinal).Take(MostLabels).Select(label => $"{Safe(label.Key)}={Safe(label.Value)}"));
    }

    private static int Rank(string label) => Array.IndexOf(s_first, label) is >= 0 and var at ? at : s_first.Length;

    private static string Safe(string text)
    {
        var safe = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, LongestValue)))
        {
            safe.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' ? c : '_');
        }

        return safe.ToString();
    }

    /// <summary>FNV-1a: the same in every process.</summary>
    private static uint Hash(string text) => text.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u));
}

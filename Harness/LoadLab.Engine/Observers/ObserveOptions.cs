using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Observers;

/// <summary>target.observe of a scenario: the queries of Prometheus servers whose answers become samples of a run.</summary>
public sealed record ObserveOptions
{
    public const int MostQueries = 50;
    public static readonly Duration DefaultEvery = Duration.FromSeconds(5);
    private const int LongestQuery = 4096;

    /// <summary>In the order of the file, presets spread out.</summary>
    public IReadOnlyList<Observation> Queries { get; init; } = [];

    /// <summary>GPUs that one observed replica is; each is paid for.</summary>
    /// <value>1</value>
    public int GpusPerReplica { get; init; } = 1;

    /// <summary>Binds observe of the target section. Problems are added to the section's; the options returned are then not to be used.</summary>
    public static ObserveOptions Bind(Section target)
    {
        var queries = new List<Observation>();
        var gpus = new HashSet<int>();
        foreach (var (node, path) in target.Items("observe"))
        {
            if (Section.Open(node, path, target.Problems) is { } item)
            {
                queries.AddRange(Item(item, queries));
                if (item.Has("gpusPerReplica"))
                {
                    gpus.Add(item.Integer("gpusPerReplica", 1, 1, 10_000));
                }

                item.Close();
            }
        }

        if (queries.Count > MostQueries)
        {
            target.Problems.Add(target.Find("observe")!, target.PathOf("observe"), null, $"asks {queries.Count} queries, presets spread out", $"write at most {MostQueries}");
        }

        if (gpus.Count > 1)
        {
            target.Problems.Add(target.Find("observe")!, target.PathOf("observe"), null, $"gives replicas of {string.Join(" and of ", gpus.Order())} GPUs", "write one gpusPerReplica: a run is priced by one kind of replica");
        }

        return new ObserveOptions { Queries = Numbered(queries), GpusPerReplica = gpus.FirstOrDefault(1) };
    }

    private static IReadOnlyList<Observation> Item(Section item, IReadOnlyList<Observation> before)
    {
        var server = Address(item);
        var variable = Variable(item);
        var every = item.Value("every", Quantity.Time, time => time.Seconds is >= 1 and <= 600, "a duration from 1s to 10m", "5s") ?? DefaultEvery;
        var bound = new List<Observation>();
        foreach (var (query, kind) in Asked(item))
        {
            if (server is null)
            {
                continue;
            }

            if (before.Concat(bound).Any(other => other.Server == server && other.Query == query))
            {
                item.Problems.Add(item.Node, item.PathOf("query"), query.Length > 80 ? null : query, "is asked twice of one server", "keep one of them");
                continue;
            }

            bound.Add(new Observation { Server = server, KeyVariable = variable, Query = query, Metric = kind.Metric, Unit = kind.Unit, Scale = kind.Scale, Every = every, Range = (kind.Low, kind.High) });
        }

        if (item.Has("gpusPerReplica") && bound.Count > 0 && !bound.Any(query => query.Metric == "replicas"))
        {
            item.Problems.Add(item.Find("gpusPerReplica")!, item.PathOf("gpusPerReplica"), item.Text("gpusPerReplica"), "stands where no replicas are observed", "write it beside as: replicas or a preset that gives them");
        }

        return bound;
    }

    private static IEnumerable<(string Query, ObservedKind Kind)> Asked(Section item)
    {
        if (item.Has("preset") == item.Has("query"))
        {
            item.Problems.Add(item.Node, item.PathOf("query"), null, item.Has("query") ? "stands beside a preset" : "is missing", $"write query and as, or one preset of {string.Join(", ", ObserverPreset.Names)}");
            item.Find("as");
            item.Find("unit");
            item.Find("scale");
            item.Find("match");
            return [];
        }

        return item.Has("preset") ? OfPreset(item) : [(Query(item), ObservedKind.Bind(item))];
    }

    private static string Query(Section item)
    {
        var query = item.RequiredText("query");
        if (query.Length > LongestQuery)
        {
            item.Problems.Add(item.Find("query")!, item.PathOf("query"), null, $"has {query.Length} characters", $"write at most {LongestQuery}, or a recording rule");
        }

        return query;
    }

    private static IEnumerable<(string Query, ObservedKind Kind)> OfPreset(Section item)
    {
        var matchers = item.Text("match", "");
        if (matchers.Length > 0 && !LabelMatchers.AreValid(matchers))
        {
            item.Problems.Add(item.Find("match")!, item.PathOf("match"), matchers.Length > 80 ? null : matchers, "is not label matchers", """write what stands between the braces of a selector, for example 'namespace="video"'""");
            matchers = "";
        }

        var name = item.Text("preset", "");
        if (ObserverPreset.Find(name) is not { } preset)
        {
            item.Problems.Add(item.Find("preset")!, item.PathOf("preset"), name, "is not a preset", $"write {string.Join(", ", ObserverPreset.Names)}");
            return [];
        }

        return preset.Queries.Select(query => (query.With(matchers), query.Kind));
    }

    /// <summary>A second query of one meaning gets a name of its own: their series must not be taken for one.</summary>
    private static List<Observation> Numbered(List<Observation> queries)
    {
        var seen = new Dictionary<string, int>();
        return [.. queries.Select(query =>
        {
            var number = seen[query.Metric] = seen.GetValueOrDefault(query.Metric) + 1;
            return number == 1 ? query : query with { Metric = $"{query.Metric}#{number}" };
        })];
    }

    private static Uri? Address(Section item)
    {
        var text = item.RequiredText("prometheus");
        if (text.Length == 0)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url!.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0)
        {
            return url;
        }

        item.Problems.Add(item.Find("prometheus")!, item.PathOf("prometheus"), url?.UserInfo.Length > 0 ? null : text, "is not an http address without user, password and query", "write for example http://127.0.0.1:9090");
        return null;
    }

    private static string? Variable(Section item)
    {
        const string Prefix = "env:";
        if (item.Text("auth") is not { } text)
        {
            return null;
        }

        if (text.StartsWith(Prefix, StringComparison.Ordinal) && text.Length > Prefix.Length && text.AsSpan(Prefix.Length).IndexOfAnyExcept(s_nameCharacters) < 0)
        {
            return text[Prefix.Length..];
        }

        // The value may be a token that someone pasted: it is not repeated.
        item.Problems.Add(item.Find("auth")!, item.PathOf("auth"), null, "does not name an environment variable", "write env:NAME and put the token into NAME");
        return null;
    }

    private static readonly System.Buffers.SearchValues<char> s_nameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

using System.Globalization;
using System.Text.Json;
using LoadLab.Engine.Targets.Http;

namespace LoadLab.Engine.Observers;

/// <summary>A value of a series and the time it was evaluated for, in seconds of Unix time on the server's clock.</summary>
internal readonly record struct PrometheusPoint(double UnixSeconds, double Value);

/// <summary>One series of an answer; a scalar has no labels.</summary>
internal sealed record PrometheusSeries(IReadOnlyList<KeyValuePair<string, string>> Labels, IReadOnlyList<PrometheusPoint> Points);

/// <summary>What a query gave: a vector, a scalar or a matrix, all in one form.</summary>
/// <param name="Series">At most <see cref="MostSeries"/>.</param>
/// <param name="LeftOut">Series past that.</param>
/// <param name="NotNumbers">Values that were NaN, infinite or no number.</param>
internal sealed record PrometheusAnswer(IReadOnlyList<PrometheusSeries> Series, int LeftOut, int NotNumbers)
{
    public const int MostSeries = 256;
    private const int MostLabels = 64;

    /// <summary>Unix time whose nanoseconds still fit a long.</summary>
    private const double LatestUnixSeconds = 9e9;

    /// <exception cref="JsonException">It is no JSON, or too deep.</exception>
    /// <exception cref="BadAnswerException">It is not an answer of the API.</exception>
    public static PrometheusAnswer Parse(ReadOnlyMemory<byte> body, bool range)
    {
        try
        {
            return Read(body, range);
        }
        catch (InvalidOperationException)
        {
            // Text that is no UTF-8, or half a surrogate pair: legal to the parser until someone reads it.
            throw new BadAnswerException();
        }
    }

    private static PrometheusAnswer Read(ReadOnlyMemory<byte> body, bool range)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
        if (Text(document.RootElement, "status") != "success" || Member(document.RootElement, "data") is not { ValueKind: JsonValueKind.Object } data || Member(data, "result") is not { ValueKind: JsonValueKind.Array } result)
        {
            throw new BadAnswerException();
        }

        var notNumbers = 0;
        return (Text(data, "resultType"), range) switch
        {
            ("vector", false) => Many(result, "value", ref notNumbers),
            ("matrix", true) => Many(result, "values", ref notNumbers),
            ("scalar", false) => new PrometheusAnswer([new PrometheusSeries([], Points(result, many: false, ref notNumbers))], 0, notNumbers),
            _ => throw new BadAnswerException(),
        };
    }

    /// <summary>What the API says of an error, in one short line; empty when it says nothing.</summary>
    public static string ErrorOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            var text = $"{Text(document.RootElement, "errorType")}: {Text(document.RootElement, "error")}";
            return text.Length <= 2 ? "" : string.Concat((text.Length > 120 ? text[..120] : text).Select(c => char.IsControl(c) ? ' ' : c));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    private static PrometheusAnswer Many(JsonElement result, string points, ref int notNumbers)
    {
        var series = new List<PrometheusSeries>();
        var leftOut = 0;
        foreach (var item in result.EnumerateArray())
        {
            if (series.Count == MostSeries)
            {
                leftOut++;
            }
            else
            {
                series.Add(new PrometheusSeries(Labels(item), Points(Member(item, points) ?? throw new BadAnswerException(), points == "values", ref notNumbers)));
            }
        }

        return new PrometheusAnswer(series, leftOut, notNumbers);
    }

    private static List<KeyValuePair<string, string>> Labels(JsonElement item)
    {
        if (Member(item, "metric") is not { ValueKind: JsonValueKind.Object } metric)
        {
            throw new BadAnswerException();
        }

        var labels = new List<KeyValuePair<string, string>>();
        foreach (var label in metric.EnumerateObject().Take(MostLabels))
        {
            labels.Add(new(label.Name, label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : throw new BadAnswerException()));
        }

        return labels;
    }

    private static List<PrometheusPoint> Points(JsonElement element, bool many, ref int notNumbers)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw new BadAnswerException();
        }

        var points = new List<PrometheusPoint>();
        foreach (var pair in many ? element.EnumerateArray().ToArray() : [element])
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[0].ValueKind != JsonValueKind.Number || !pair[0].TryGetDouble(out var at) || at is not (>= 0 and <= LatestUnixSeconds))
            {
                throw new BadAnswerException();
            }

            if (Number(pair[1]) is { } value)
            {
                points.Add(new PrometheusPoint(at, value));
            }
            else
            {
                notNumbers++;
            }
        }

        return points;
    }

    /// <summary>Values come as text, so that NaN and infinities can be told; those have no place in a series.</summary>
    private static double? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;

    private static string Text(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}

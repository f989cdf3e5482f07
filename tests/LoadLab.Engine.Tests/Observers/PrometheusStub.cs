using System.Globalization;
using System.Net;

namespace LoadLab.Engine.Tests.Observers;

/// <summary>The query API of a Prometheus server, every answer of which a test decides; time() is answered by the machine's clock.</summary>
internal static class PrometheusStub
{
    /// <param name="answer">The body for a query (path, PromQL), or null for the answer of an empty vector.</param>
    public static StubServer Start(Func<string, IReadOnlyDictionary<string, string>, byte[]?> answer) => new(request =>
    {
        var form = request.Body.Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => WebUtility.UrlDecode(pair.ElementAtOrDefault(1) ?? ""));
        return form.GetValueOrDefault("query") == "time()" ? Json(Scalar(Now))
            : answer(request.Path, form) ?? Json(Vector());
    });

    public static string Now => Text(Seconds(DateTimeOffset.UtcNow));

    public static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    public static string Text(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture);

    public static byte[] Json(string body, int status = 200) => StubServer.Answer(status, body);

    public static string Scalar(string value) => Success("scalar", $"{Now},\"{value}\"");

    public static string Vector(params (string Labels, string Value)[] series) =>
        Success("vector", string.Join(',', series.Select(one => "{\"metric\":{" + one.Labels + "},\"value\":[" + Now + ",\"" + one.Value + "\"]}")));

    /// <summary>Values at start, start + step … end, as query_range gives them.</summary>
    public static string Matrix(IReadOnlyDictionary<string, string> form, Func<double, double?> value)
    {
        var (start, end, step) = (Number(form["start"]), Number(form["end"]), Number(form["step"]));
        var points = new List<string>();
        for (var at = start; at <= end + 1e-6; at += step)
        {
            if (value(at) is { } known)
            {
                points.Add($"[{Text(at)},\"{known.ToString(CultureInfo.InvariantCulture)}\"]");
            }
        }

        return Success("matrix", "{\"metric\":{},\"values\":[" + string.Join(',', points) + "]}");
    }

    private static string Success(string type, string items) => "{\"status\":\"success\",\"data\":{\"resultType\":\"" + type + "\",\"result\":[" + items + "]}}";

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

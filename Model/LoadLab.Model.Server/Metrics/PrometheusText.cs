using System.Globalization;
using System.Text;

namespace LoadLab.Model.Server.Metrics;

/// <summary>Writes metric families in the Prometheus text format 0.0.4: HELP, TYPE, then the family's samples together.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    public PrometheusText Gauge(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        Family(name, "gauge", help).Sample(name, value, labels);

    public PrometheusText Counter(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        Family(name, "counter", help).Sample(name, value, labels);

    public PrometheusText Family(string name, string type, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    public PrometheusText Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        for (var i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Escaped(labels[i].Value)).Append('"');
        }

        _text.Append(labels.Length > 0 ? "} " : " ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    public PrometheusText Histogram(string name, Histogram histogram, string label, string value)
    {
        for (var i = 0; i < Metrics.Histogram.Bounds.Count; i++)
        {
            Sample($"{name}_bucket", histogram.Cumulative[i], (label, value), ("le", Metrics.Histogram.Bounds[i].ToString("R", CultureInfo.InvariantCulture)));
        }

        Sample($"{name}_bucket", histogram.Count, (label, value), ("le", "+Inf"));
        Sample($"{name}_sum", histogram.Sum, (label, value));
        return Sample($"{name}_count", histogram.Count, (label, value));
    }

    public override string ToString() => _text.ToString();

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

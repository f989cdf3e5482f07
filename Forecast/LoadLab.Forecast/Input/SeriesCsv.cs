using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Forecast;

/// <summary>Reads a series from a CSV file with the header <c>t_s,value</c>; an empty value is a gap. Plain or gzip.</summary>
public static class SeriesCsv
{
    private const long MaxBytes = 64L << 20;
    private const double LargestTime = 1e10;

    /// <param name="path">The file.</param>
    /// <param name="step">Grid step; null: the median distance of its times.</param>
    /// <exception cref="InputException">Every bad row, with its line.</exception>
    public static Series Read(string path, Duration? step = null) => Parse(GzipText.Read(path, MaxBytes), path, step);

    internal static Series Parse(string text, string path, Duration? step)
    {
        var table = CsvTable.Parse(Ended(text), path, "t_s", "value");
        var problems = new Problems();
        var rows = table.Rows.Take(SeriesBuilder.MaxCount + 1).ToList();
        if (rows.Count > SeriesBuilder.MaxCount)
        {
            throw new InputException(new Problem(path, 0, "", null, $"has more than {SeriesBuilder.MaxCount} rows", "cut the part you need"));
        }

        var points = Points(rows, path, problems);
        if (points.Count < 2 && !problems.Any)
        {
            problems.Add(new Problem(path, 0, "", null, $"has {points.Count} rows", "a series needs at least 2"));
        }

        problems.ThrowIfAny();
        return SeriesBuilder.Resample(Path.GetFileName(path), "", points, step?.Seconds ?? MedianStep(points));
    }

    private static List<(double Seconds, double Value)> Points(List<CsvTable.Row> rows, string path, Problems problems)
    {
        var points = new List<(double Seconds, double Value)>(rows.Count);
        foreach (var row in rows)
        {
            var at = Number(row, "t_s", path, problems, emptyIsGap: false);
            var value = Number(row, "value", path, problems, emptyIsGap: true);
            if (at is null || value is null)
            {
                continue;
            }

            if (Math.Abs(at.Value) > LargestTime)
            {
                problems.Add(new Problem(path, row.Line, "t_s", row.Text("t_s"), "is out of range", "write seconds since the start"));
            }
            else if (points.Count > 0 && at <= points[^1].Seconds)
            {
                problems.Add(new Problem(path, row.Line, "t_s", row.Text("t_s"), "is not later than the row before", "sort the rows by time, one row per time"));
            }
            else
            {
                points.Add((at.Value, value.Value));
            }
        }

        return points;
    }

    private static double? Number(CsvTable.Row row, string column, string path, Problems problems, bool emptyIsGap)
    {
        var text = row.Text(column);
        if (emptyIsGap && text.Length == 0)
        {
            return double.NaN;
        }

        if (Quantity.Number(text) is { } number)
        {
            return number;
        }

        problems.Add(new Problem(path, row.Line, column, text, "is not a number", emptyIsGap ? "write a finite number, or nothing for a gap" : "write seconds, for example 12.5"));
        return null;
    }

    private static double MedianStep(List<(double Seconds, double Value)> points)
    {
        var steps = points.Zip(points.Skip(1), (a, b) => b.Seconds - a.Seconds).Order().ToList();
        return double.Parse(steps[steps.Count / 2].ToString("G9", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>Files written by hand often lack the last line end; for them it is no sign of a torn row.</summary>
    private static string Ended(string text) => text.Length > 0 && text[^1] != '\n' ? text + "\n" : text;
}

using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>A price list by sku. The shipped one is Scenarios/prices/gpu-prices.csv, in US dollars.</summary>
public sealed class PriceTable
{
    private const int MaxRows = 100_000;
    private const long MaxBytes = 16L << 20;
    private static readonly string[] s_columns = ["sku", "provider", "gpu", "memory_gb", "tier", "usd_per_gpu_hour", "region", "date", "version", "source"];
    private static readonly Lazy<PriceTable> s_shipped = new(() =>
    {
        using var stream = typeof(PriceTable).Assembly.GetManifestResourceStream("gpu-prices.csv") ?? throw new InvalidOperationException("the price table is not in the build");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), "gpu-prices.csv");
    });

    private readonly Dictionary<string, Price> _bySku;

    private PriceTable(IReadOnlyList<Price> prices)
    {
        Prices = prices;
        _bySku = prices.ToDictionary(price => price.Sku, StringComparer.Ordinal);
    }

    /// <summary>The table that came with this build.</summary>
    public static PriceTable Shipped => s_shipped.Value;

    /// <summary>In file order.</summary>
    public IReadOnlyList<Price> Prices { get; }

    public Price? Find(string sku) => _bySku.GetValueOrDefault(sku);

    /// <summary>The skus most like a misspelt one, best first.</summary>
    public IReadOnlyList<string> Near(string sku, int count) =>
        [.. _bySku.Keys.OrderByDescending(known => Likeness(known, sku)).ThenBy(known => known, StringComparer.Ordinal).Take(count)];

    /// <exception cref="InputException">Every bad row, with its line.</exception>
    public static PriceTable Read(string path) => Parse(GzipText.Read(path, MaxBytes), path);

    internal static PriceTable Parse(string text, string file)
    {
        var table = CsvTable.Parse(text, file, s_columns);
        var problems = new Problems();
        var rows = table.Rows.Take(MaxRows + 1).ToList();
        if (rows.Count is 0 or > MaxRows)
        {
            problems.Add(new Problem(file, 0, "", null, rows.Count == 0 ? "has no rows" : $"has more than {MaxRows} rows", $"write 1 to {MaxRows}"));
            problems.ThrowIfAny();
        }

        var prices = rows.Select(row => Row(row, file, problems)).ToList();
        foreach (var twice in prices.Zip(rows).GroupBy(pair => pair.First.Sku).SelectMany(group => group.Skip(1)))
        {
            problems.Add(new Problem(file, twice.Second.Line, "sku", twice.First.Sku, "is written twice", "keep one row per sku"));
        }

        problems.ThrowIfAny();
        return new PriceTable(prices);
    }

    private static Price Row(CsvTable.Row row, string file, Problems problems)
    {
        var (sku, amount, date) = (row.Text("sku"), row.Text("usd_per_gpu_hour"), row.Text("date"));
        if (sku.Split('/').Length != 3 || sku.Contains(' ', StringComparison.Ordinal))
        {
            problems.Add(new Problem(file, row.Line, "sku", sku, "is not provider/gpu/tier", "write for example verda/h100-sxm/on-demand"));
        }

        if (PriceOptions.Amount(amount) is not { } perGpuHour)
        {
            problems.Add(new Problem(file, row.Line, "usd_per_gpu_hour", amount, "is not a price above 0", "write for example 2.29"));
            perGpuHour = 0;
        }

        if (date.Length > 0 && PriceOptions.Day(date) is null)
        {
            problems.Add(new Problem(file, row.Line, "date", date, "is not a day", "write for example 2026-11-09, or nothing"));
        }

        return new Price
        {
            Sku = sku,
            PerGpuHour = perGpuHour,
            Currency = "USD",
            Provider = row.Text("provider"),
            Gpu = row.Text("gpu"),
            Tier = row.Text("tier"),
            Region = row.Text("region"),
            Date = PriceOptions.Day(date),
            Version = row.Text("version"),
            Source = row.Text("source"),
        };
    }

    /// <summary>Dice's coefficient of the pairs of neighbouring letters.</summary>
    private static double Likeness(string a, string b)
    {
        var (pairsA, pairsB) = (Pairs(a), Pairs(b));
        return 2.0 * pairsA.Intersect(pairsB).Count() / Math.Max(1, pairsA.Count + pairsB.Count);

        static HashSet<string> Pairs(string text)
        {
            var folded = text.Length > 64 ? text[..64].ToLowerInvariant() : text.ToLowerInvariant();
            return [.. Enumerable.Range(0, Math.Max(0, folded.Length - 1)).Select(i => folded.Substring(i, 2))];
        }
    }
}

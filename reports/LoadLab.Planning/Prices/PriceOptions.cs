using System.Globalization;
using LoadLab.Core.Input;

namespace LoadLab.Planning;

/// <summary>The <c>price</c> section of a scenario: a sku of the price table, or a price of one's own with its source and date.</summary>
public sealed record PriceOptions
{
    public required Price Price { get; init; }

    /// <summary>Share added on top of the GPU bill for what else the service needs.</summary>
    /// <value>0</value>
    public decimal Overhead { get; init; }

    /// <param name="root">The scenario; its key price is read.</param>
    /// <param name="table">Null: the shipped table.</param>
    /// <returns>Null when the scenario has no price, or a bad one (then with problems).</returns>
    public static PriceOptions? Bind(Section root, PriceTable? table = null)
    {
        if (root.Child("price") is not { } section)
        {
            return null;
        }

        var sku = section.Text("sku");
        var perGpuHour = section.Value("perGpuHour", Amount, _ => true, "a price above 0 and at most 100000", "12.5");
        var own = Own(section, perGpuHour);
        var overhead = (decimal)section.Number("overhead", 0, 0, 10, "0.05");
        section.Close();
        if (section.Has("sku") == section.Has("perGpuHour"))
        {
            section.Problems.Add(section.Node, "price", null, section.Has("sku") ? "has both sku and perGpuHour" : "has neither sku nor perGpuHour", "write one: sku: verda/h100-sxm/on-demand, or perGpuHour with currency, source and date");
            return null;
        }

        var price = sku is null ? own : Listed(section, sku, table ?? PriceTable.Shipped);
        return price is null ? null : new PriceOptions { Price = price, Overhead = overhead };
    }

    /// <summary>A price above 0 and at most 100000, or null.</summary>
    internal static decimal? Amount(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount is > 0 and <= 100_000 ? amount : null;

    /// <summary>A day as yyyy-MM-dd, or null.</summary>
    internal static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static Price? Own(Section section, decimal? perGpuHour)
    {
        var currency = section.Text("currency", "USD");
        var source = section.Text("source");
        var date = section.Value("date", Day, _ => true, "a day", "2026-11-09");
        if (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper))
        {
            section.Problems.Add(section.Find("currency")!, section.PathOf("currency"), currency, "is not a currency code", "write three letters, for example CNY");
        }

        if (section.Has("perGpuHour") && string.IsNullOrWhiteSpace(source))
        {
            section.Missing("source", "who says so; a price without a source is a guess");
        }

        return perGpuHour is { } amount && !string.IsNullOrWhiteSpace(source)
            ? new Price { Sku = "given", PerGpuHour = amount, Currency = currency, Source = source, Date = date }
            : null;
    }

    private static Price? Listed(Section section, string sku, PriceTable table)
    {
        if (table.Find(sku) is { } price)
        {
            return price;
        }

        section.Problems.Add(section.Find("sku")!, section.PathOf("sku"), sku, "is not in the price table", $"near it: {string.Join(", ", table.Near(sku, 5))}");
        return null;
    }
}

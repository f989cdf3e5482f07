using LoadLab.Core.Input;

namespace LoadLab.Engine.Observers;

/// <summary>The fields as, unit and scale of a query: what its values mean and how they become samples.</summary>
internal sealed record ObservedKind(string Metric, string Unit, double Scale, double Low, double High)
{
    private const int LongestName = 40;

    private static readonly ObservedKind s_unbound = new("custom.unbound", "", 1, 0, 0);

    public static ObservedKind Bind(Section item)
    {
        var name = item.RequiredText("as");
        if (Meaning.Find(name) is { } meaning)
        {
            return Known(item, meaning);
        }

        if (name.StartsWith(Meaning.Custom, StringComparison.Ordinal) && IsName(name[Meaning.Custom.Length..]))
        {
            return new ObservedKind(name, CustomUnit(item), Factor(item), double.MinValue, double.MaxValue);
        }

        if (name.Length > 0)
        {
            item.Problems.Add(item.Find("as")!, item.PathOf("as"), name, "is not a known meaning", $"write {string.Join(", ", Meaning.All.Select(known => known.Name))}, or custom.NAME with its unit");
        }

        item.Find("unit");
        item.Find("scale");
        return s_unbound;
    }

    private static ObservedKind Known(Section item, Meaning meaning)
    {
        var scale = Factor(item);
        if (item.Text("unit") is { } unit)
        {
            if (item.Has("scale"))
            {
                item.Problems.Add(item.Find("scale")!, item.PathOf("scale"), item.Text("scale"), "stands beside a unit that says the same", "write unit or scale");
            }

            if (meaning.Units.Any(known => known.Word == unit))
            {
                scale = meaning.Units.First(known => known.Word == unit).Factor;
            }
            else
            {
                item.Problems.Add(item.Find("unit")!, item.PathOf("unit"), unit, $"is not a unit of {meaning.Name}", $"write {string.Join(" or ", meaning.Units.Select(known => known.Word))}, or a scale to {meaning.Unit}");
            }
        }

        return new ObservedKind(meaning.Name, meaning.Unit, scale, 0, meaning.Largest);
    }

    private static string CustomUnit(Section item)
    {
        var unit = item.RequiredText("unit");
        if (unit.Length > 16 || unit.Any(c => c is < ' ' or ',' or '"' or '\u007f'))
        {
            item.Problems.Add(item.Find("unit")!, item.PathOf("unit"), unit, "is not a unit", "write at most 16 characters without commas and quotes, for example ms");
        }

        return unit;
    }

    private static double Factor(Section item) =>
        item.Value("scale", Quantity.Number, scale => scale != 0 && Math.Abs(scale) is >= 1e-15 and <= 1e15, "a number that is not 0", "1048576") ?? 1;

    private static bool IsName(string name) => name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}

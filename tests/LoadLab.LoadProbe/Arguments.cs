using System.Globalization;

namespace LoadLab.LoadProbe;

/// <summary>Pairs of --name value.</summary>
internal sealed class Arguments(string[] all)
{
    public string? Text(string name) => Array.IndexOf(all, "--" + name) is >= 0 and var at && at + 1 < all.Length ? all[at + 1] : null;

    public int Integer(string name, int fallback) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    public double Number(string name, double fallback) => Text(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;

    public Uri Url => new(Text("url") ?? throw new ArgumentException("--url is missing"));
}

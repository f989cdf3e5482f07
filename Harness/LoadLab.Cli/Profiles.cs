using System.Globalization;
using LoadLab.Cli.Verbs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>Finds a profile by path or by the name of a shipped one, and says what stands behind it.</summary>
internal static class Profiles
{
    public static ServiceProfile Load(string? name)
    {
        if (name is null)
        {
            throw Verb.Bad("--profile", null, "is missing", $"give a file that calibrate wrote, or a shipped one: {string.Join(", ", Shipped())}");
        }

        return new[] { name, Verb.Shipped("profiles", name + ProfileFile.Extension), Verb.Shipped("profiles", name + ".json"), Verb.Shipped("profiles", name) }.FirstOrDefault(File.Exists) is { } path
            ? ProfileFile.Read(path)
            : throw Verb.Bad("--profile", name, "does not exist", $"give a file that calibrate wrote, or a shipped one: {string.Join(", ", Shipped())}");
    }

    /// <summary>Every shipped profile, by name.</summary>
    public static IReadOnlyList<ServiceProfile> AllShipped() => [.. Shipped().Select(Load)];

    /// <summary>The sentence that stands beside every number predicted from a profile.</summary>
    public static string ErrorOf(ServiceProfile profile) => profile.Error is { } error
        ? string.Create(CultureInfo.InvariantCulture, $"mean service time off by {error:P1} leave-one-out over {profile.RealCalls} real calls")
        : "not measured: no call was held out";

    private static IEnumerable<string> Shipped() =>
        Directory.Exists(Verb.Shipped("profiles"))
            ? Directory.EnumerateFiles(Verb.Shipped("profiles"), "*" + ProfileFile.Extension).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
            : [];
}

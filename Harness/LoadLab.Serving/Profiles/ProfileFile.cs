using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Profiles;

/// <summary>Reads and writes a profile's YAML; JSON, being YAML, reads as well. Strict: an unknown field is refused by name, and every value out of range is told at once with its line.</summary>
public static class ProfileFile
{
    public const int MaxBytes = 16 << 20;
    public const int MaxNodes = 2_000_000;
    public const string Extension = ".yaml";

    /// <summary>Throws <see cref="InputException"/> with every problem found.</summary>
    public static ServiceProfile Read(string path)
    {
        var problems = new Problems();
        return Bind(YamlDocument.ReadFile(path, problems, MaxBytes, MaxNodes), problems);
    }

    /// <param name="text">UTF-8.</param>
    /// <param name="file">Name for messages.</param>
    public static ServiceProfile Parse(ReadOnlySpan<byte> text, string file)
    {
        var problems = new Problems();
        return Bind(YamlDocument.ReadText(Encoding.UTF8.GetString(text), file, problems, MaxBytes, MaxNodes), problems);
    }

    /// <summary>The bytes of the file: the same for the same profile.</summary>
    public static byte[] ToBytes(ServiceProfile profile) => Encoding.UTF8.GetBytes(ProfileText.Of(profile));

    public static void Write(string path, ServiceProfile profile)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        stream.Write(ToBytes(profile));
    }

    private static ServiceProfile Bind(Node? root, Problems problems)
    {
        var profile = root is null ? null : new ProfileBinder(problems).Bind(root);
        problems.ThrowIfAny();
        return profile ?? throw new InvalidOperationException("a profile that does not bind leaves a problem");
    }
}

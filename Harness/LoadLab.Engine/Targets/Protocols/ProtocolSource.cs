using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>Where a protocol file comes from, and what stands beside it: a folder, or what this program brings along.</summary>
internal sealed class ProtocolSource
{
    private const int MaxBytes = 1 << 20;
    private const string Prefix = "protocols/";
    private readonly string? _folder;

    private ProtocolSource(string? folder) => _folder = folder;

    public static ProtocolSource Shipped { get; } = new(null);

    /// <summary>Names of the files that every build carries, in order.</summary>
    public static IReadOnlyList<string> ShippedNames { get; } =
    [
        .. typeof(ProtocolSource).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".yaml", StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^".yaml".Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The folder of a file.</summary>
    public static ProtocolSource OfFile(string path) => new(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");

    public string PathOf(string name) => _folder is null ? Prefix + name : Path.Combine(_folder, name);

    /// <summary>Null with a problem when it cannot be read or is too large.</summary>
    public byte[]? ReadBeside(string name, Node node, string field, Problems problems)
    {
        try
        {
            using var stream = Open(name);
            if (stream.Length > MaxBytes)
            {
                problems.Add(node, field, name, $"has {stream.Length} bytes", $"at most {MaxBytes} are read");
                return null;
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(node, field, name, "cannot be read", e.Message);
            return null;
        }
    }

    private Stream Open(string name) => _folder is null
        ? typeof(ProtocolSource).Assembly.GetManifestResourceStream(Prefix + name) ?? throw new FileNotFoundException($"{name} is not shipped")
        : File.OpenRead(PathOf(name));
}

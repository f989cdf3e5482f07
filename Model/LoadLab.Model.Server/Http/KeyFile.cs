using System.Globalization;
using System.Security.Cryptography;
using LoadLab.Core.Input;

namespace LoadLab.Model.Server.Http;

/// <summary>Reads a file of API keys. A key stands there as the name of an environment variable or as its digest, never as text; messages never repeat what stands there.</summary>
internal sealed class KeyFile
{
    public const int MaxKeys = 10_000;

    private const int MaxName = 128;
    private const int MaxTiers = 64;

    // What the keys need at 400 bytes and 20 nodes each.
    private const int MaxBytes = 4 << 20;
    private const int MaxNodes = 200_000;
    private const string Variable = "env:";
    private const string Digest = "sha256:";
    private const string HowToWrite = "write env:NAME of an environment variable that holds the key, or sha256: and the 64 hex digits that printf %s KEY | sha256sum prints";

    private readonly Problems _problems = new();
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    public static IReadOnlyList<(byte[] Digest, ApiKey Key)> Read(string path)
    {
        var file = new KeyFile();
        var keys = YamlDocument.ReadFile(path, file._problems, MaxBytes, MaxNodes) is { } node && Section.Open(node, "", file._problems) is { } root ? file.Read(root) : [];
        file._problems.ThrowIfAny();
        return keys;
    }

    private List<(byte[] Digest, ApiKey Key)> Read(Section root)
    {
        var items = root.Items("keys");
        root.Close();
        if (items.Count is 0 or > MaxKeys)
        {
            _problems.Add(root.Node, "keys", items.Count.ToString(CultureInfo.InvariantCulture), $"is not 1 to {MaxKeys} keys", "write keys: [ { key: env:NAME, tenant: acme, tiers: [vip, free] } ]");
            return [];
        }

        return [.. items.Select(item => Section.Open(item.Node, item.Path, _problems)).OfType<Section>().Select(ReadKey)];
    }

    private (byte[] Digest, ApiKey Key) ReadKey(Section section)
    {
        var digest = ReadDigest(section);
        var tenant = section.RequiredText("tenant");
        CheckName(section, section.Find("tenant"), "tenant", tenant);
        var tiers = section.Items("tiers");
        if (tiers.Count > MaxTiers)
        {
            _problems.Add(section.Find("tiers")!, section.PathOf("tiers"), null, $"names more than {MaxTiers} tiers", "name fewer");
        }

        var names = new List<string>();
        foreach (var (node, path) in tiers)
        {
            var name = (node as ScalarNode)?.Text ?? "";
            CheckName(section, node, path[(path.LastIndexOf('.') + 1)..], name);
            names.Add(name);
        }

        section.Close();
        return (digest, new ApiKey(tenant, names));
    }

    private byte[] ReadDigest(Section section)
    {
        var text = section.RequiredText("key");
        if (text.Length == 0)
        {
            return [];
        }

        var node = section.Find("key")!;
        if (DigestOf(text) is not { } digest)
        {
            _problems.Add(node, section.PathOf("key"), Shown(text), Fault(text), IsVariable(text) ? string.Create(CultureInfo.InvariantCulture, $"put a key of {ApiKeys.MinLength} characters or more into that variable") : HowToWrite);
            return [];
        }

        if (!_lines.TryAdd(Convert.ToHexString(digest), node.Line))
        {
            _problems.Add(node, section.PathOf("key"), Shown(text), string.Create(CultureInfo.InvariantCulture, $"is the key of line {_lines[Convert.ToHexString(digest)]} again"), "give every entry a key of its own");
        }

        return digest;
    }

    private static byte[]? DigestOf(string text)
    {
        if (IsVariable(text))
        {
            return Environment.GetEnvironmentVariable(text[Variable.Length..]) is { Length: >= ApiKeys.MinLength } key ? ApiKeys.DigestOf(key) : null;
        }

        return text.StartsWith(Digest, StringComparison.Ordinal) && text.Length == Digest.Length + (2 * SHA256.HashSizeInBytes) && text.Skip(Digest.Length).All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text.AsSpan(Digest.Length))
            : null;
    }

    private static string Fault(string text) =>
        IsVariable(text) ? string.Create(CultureInfo.InvariantCulture, $"is not set, or holds fewer than {ApiKeys.MinLength} characters")
        : text.StartsWith(Digest, StringComparison.Ordinal) ? "is not a SHA-256 digest"
        : "is a key in plain text";

    /// <summary>A variable's name may be told; a digest or a plain key is not.</summary>
    private static string? Shown(string text) => IsVariable(text) ? text : null;

    private static bool IsVariable(string text) => text.StartsWith(Variable, StringComparison.Ordinal);

    private void CheckName(Section section, Node? node, string field, string name)
    {
        if (node is not null && (name.Length is 0 or > MaxName || name.Any(char.IsControl)))
        {
            _problems.Add(node, section.PathOf(field), null, "is not a name", $"write 1 to {MaxName} characters without control characters");
        }
    }
}

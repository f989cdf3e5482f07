using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>Keys come from the environment alone: a file that seems to hold one is refused, and its value never shown.</summary>
internal static class Secrets
{
    private static readonly string[] s_words = ["authorization", "api-key", "apikey", "secret", "password", "passwd", "cookie", "auth-token", "access-token", "private-token", "security-token"];

    /// <summary>Whether a header, a variable or a part of a query of this name usually holds a key.</summary>
    public static bool IsName(string name) => name.ToLowerInvariant() is "key" or "token" or "sig" or "signature" || IsField(name);

    /// <summary>Whether a field of a body of this name usually holds a key.</summary>
    public static bool IsField(string name)
    {
        var plain = name.Replace('_', '-').ToLowerInvariant();
        return s_words.Any(word => plain.Contains(word, StringComparison.Ordinal));
    }

    /// <summary>Whether a value looks like a key, whatever its name.</summary>
    public static bool IsValue(string value) =>
        value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
        || value.StartsWith("Key ", StringComparison.OrdinalIgnoreCase) || value.StartsWith("sk-", StringComparison.Ordinal) || value.StartsWith("hf_", StringComparison.Ordinal);

    /// <summary>Whether an address or a path carries a key in its query.</summary>
    public static bool InQuery(string address)
    {
        var mark = address.IndexOf('?', StringComparison.Ordinal);
        return mark >= 0 && address[(mark + 1)..].Split('&').Any(pair => IsName(pair.Split('=')[0]));
    }

    public static JsonTemplate? Refuse(Problems problems, Node node, string field)
    {
        problems.Add(node, field, null, "looks like a key, and a key does not stand in a file", "leave it out, put the key into a variable of the environment and write target.auth: env:NAME");
        return null;
    }
}

using System.Security.Cryptography;
using System.Text;
using LoadLab.Core.Input;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

/// <summary>
/// The keys that let requests in, sent as <c>Authorization: Bearer KEY</c>. Only their SHA-256 digests are kept, and a request's digest is compared with all of them
/// in constant time, so that neither a key's text nor its length nor its place in the list shows in the time of an answer.
/// </summary>
public sealed class ApiKeys
{
    public const int MinLength = 16;

    private const string Scheme = "Bearer ";
    private readonly byte[] _digests;
    private readonly ApiKey[] _keys;

    private ApiKeys(IReadOnlyList<(byte[] Digest, ApiKey Key)> keys)
    {
        _digests = [.. keys.SelectMany(entry => entry.Digest)];
        _keys = [.. keys.Select(entry => entry.Key)];
    }

    public int Count => _keys.Length;

    /// <summary>One key that stands for every tenant.</summary>
    public static ApiKeys Of(string key) => new([(DigestOf(key), ApiKey.Everyone)]);

    /// <summary>
    /// The keys of a YAML file: <c>keys: [ { key: env:NAME or sha256:HEX, tenant: acme, tiers: [vip, free] } ]</c>, at most <see cref="KeyFile.MaxKeys"/>.
    /// </summary>
    /// <exception cref="InputException">Every problem of the file at once; no text of a key is ever repeated.</exception>
    public static ApiKeys ReadFile(string path) => new(KeyFile.Read(path));

    /// <summary>These keys and one more that stands for every tenant.</summary>
    public ApiKeys With(string key) =>
        new([.. _keys.Select((known, index) => (_digests.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes).ToArray(), known)), (DigestOf(key), ApiKey.Everyone)]);

    internal static byte[] DigestOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Whose key the request carries; null when it carries none that is known.</summary>
    internal ApiKey? Find(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Find(header[Scheme.Length..].Trim()) : null;
    }

    /// <summary>Looks at every key, whichever fits: the time says nothing about the one that does.</summary>
    private ApiKey? Find(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), digest);
        var found = 0;
        for (var i = 0; i < _keys.Length; i++)
        {
            found |= -Convert.ToInt32(CryptographicOperations.FixedTimeEquals(digest, _digests.AsSpan(i * digest.Length, digest.Length))) & (i + 1);
        }

        return found > 0 ? _keys[found - 1] : null;
    }
}

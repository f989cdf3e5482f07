using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

/// <summary>Lets requests in that carry the key as <c>Authorization: Bearer KEY</c>. Compared by digest in constant time, so that neither content nor length leaks.</summary>
internal sealed class BearerKey(string key)
{
    private const string Scheme = "Bearer ";
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public bool Allows(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())), _digest);
    }
}

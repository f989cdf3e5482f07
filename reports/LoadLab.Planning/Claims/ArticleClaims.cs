using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LoadLab.Planning;

/// <summary>The claims that came with this build: article-claims.json, in order.</summary>
public static class ArticleClaims
{
    private static readonly Lazy<IReadOnlyList<ArticleClaim>> s_all = new(Read);

    public static IReadOnlyList<ArticleClaim> All => s_all.Value;

    private static IReadOnlyList<ArticleClaim> Read()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            TypeInfoResolver = ArticleClaimsJson.Default,
        };
        using var stream = typeof(ArticleClaims).Assembly.GetManifestResourceStream("article-claims.json") ?? throw new InvalidOperationException("the claims are not in the build");
        return JsonSerializer.Deserialize(stream, (JsonTypeInfo<List<ArticleClaim>>)options.GetTypeInfo(typeof(List<ArticleClaim>)))!;
    }
}

/// <summary>Generated, so that a trimmed program keeps what it needs.</summary>
[JsonSerializable(typeof(List<ArticleClaim>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ArticleClaimsJson : JsonSerializerContext;

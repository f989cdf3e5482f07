using System.Text.RegularExpressions;

namespace LoadLab.Planning.Tests.Claims;

public sealed partial class ArticleClaimsTests
{
    private static readonly string[] s_ids = [.. Enumerable.Range(1, 23).Select(i => $"A{i}"), .. Enumerable.Range(1, 20).Select(i => $"B{i}")];

    [Fact]
    public void Every_claim_of_both_articles_is_there_in_order() => Assert.Equal(s_ids, ArticleClaims.All.Select(claim => claim.Id));

    [Fact]
    public void Every_claim_is_quoted_and_restated() => Assert.All(ArticleClaims.All, claim =>
    {
        Assert.NotEmpty(claim.Quote);
        Assert.NotEmpty(claim.Restated);
    });

    [Fact]
    public void What_the_small_model_showed_stands_in_the_page_that_it_names()
    {
        var measured = ArticleClaims.All.Where(claim => claim.Nano.Length > 0).ToList();
        Assert.NotEmpty(measured);
        Assert.All(measured, claim =>
        {
            var page = File.ReadAllText(Checkout.At(claim.NanoPage));
            Assert.Contains(claim.NanoPage, claim.Nano);
            Assert.NotEmpty(claim.NanoQuotes);
            Assert.All(claim.NanoQuotes, quote => Assert.Contains(quote, page));
        });
    }

    [Fact]
    public void A_run_on_a_GPU_is_a_folder_of_the_repository_or_none() =>
        Assert.All(ArticleClaims.All, claim => Assert.True(claim.GpuRun.Length == 0 || Directory.Exists(Checkout.At(claim.GpuRun)), $"{claim.Id}: {claim.GpuRun} is not there"));

    [Fact]
    public void Quotes_are_those_of_the_list_of_claims()
    {
        var list = Path.GetFullPath(Checkout.At("..", "shared", "specs", "article-claims.md"));
        Assert.SkipUnless(File.Exists(list), "the list of claims is not beside this checkout");
        var quotes = File.ReadLines(list).Select(line => Row().Match(line)).Where(match => match.Success).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.Equal(s_ids.Order(StringComparer.Ordinal), quotes.Keys.Order(StringComparer.Ordinal));
        Assert.All(ArticleClaims.All, claim => Assert.Equal(quotes[claim.Id], claim.Quote));
    }

    [GeneratedRegex(@"^\| ([AB]\d+) \| (.*?) \| ")]
    private static partial Regex Row();
}

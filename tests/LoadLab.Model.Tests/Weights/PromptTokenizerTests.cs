using LoadLab.Model.Pipeline;
using LoadLab.Model.Tokenizer;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.Weights;

public sealed class PromptTokenizerTests
{
    private static readonly WanModelSpec Pico = ModelCatalog.Ti2V5BPico;

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer/tokenizer.json")]
    [InlineData("google/umt5-xxl/tokenizer.json")]
    public void Checkpoint_brings_its_own_tokenizer(string place)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(place))!);
        File.Copy(Checkout.At("tests", "golden", "tokenizer", "tiny.json"), folder.File(place));
        var tokenizer = PromptTokenizer.Of(Pico, new WeightsSource.Folder(folder.Path));
        Assert.IsType<UnigramTokenizer>(tokenizer);
        Assert.NotEqual(new HashedTokenizer(1024).Encode("two cats", 512), tokenizer.Encode("two cats", 512));
        var small = Pico with { TextEncoder = Pico.TextEncoder with { VocabularySize = 8 } };
        var refusal = Assert.Throws<WeightsException>(() => PromptTokenizer.Of(small, new WeightsSource.Folder(folder.Path)));
        Assert.Contains("the text encoder of wan2.2-ti2v-5b-pico has 8 rows", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_without_a_tokenizer_is_refused_with_everything_else_that_is_missing()
    {
        using var folder = new TemporaryFolder();
        var problems = WeightsCheck.Problems(Pico, new WeightsSource.Folder(folder.Path));
        Assert.Equal(4, problems.Count);
        Assert.Contains("no tokenizer.json; put umT5's there", problems[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Random_weights_need_no_file_and_use_the_whole_vocabulary()
    {
        var full = ModelCatalog.Ti2V5B;
        Assert.Empty(WeightsCheck.Problems(full, new WeightsSource.Drawn()));
        Assert.Equal(new HashedTokenizer(256384).Encode("two cats", 512), PromptTokenizer.Of(full, new WeightsSource.Drawn()).Encode("two cats", 512));
    }
}

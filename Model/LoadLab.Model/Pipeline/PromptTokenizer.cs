using LoadLab.Model.Tokenizer;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Pipeline;

/// <summary>The tokenizer that goes with a model's weights: a checkpoint's own, or a hashed one, to which random weights are as good as to any other.</summary>
internal static class PromptTokenizer
{
    /// <exception cref="WeightsException">The checkpoint has none, or one with more ids than the text encoder has rows.</exception>
    /// <exception cref="TokenizerException">Its tokenizer.json was refused.</exception>
    public static ITokenizer Of(WanModelSpec model, WeightsSource source) =>
        source is WeightsSource.Folder folder ? Read(model, folder.Path) : new HashedTokenizer(model.TextEncoder.VocabularySize);

    private static UnigramTokenizer Read(WanModelSpec model, string folder)
    {
        var path = TokenizerFile.Find(folder)
            ?? throw new WeightsException([$"{folder}: no tokenizer.json; put umT5's there, or keep the folder google/umt5-xxl of the original layout or tokenizer of the Diffusers one"]);
        var tokenizer = UnigramTokenizer.Open(path);
        return tokenizer.IdCount <= model.TextEncoder.VocabularySize
            ? tokenizer
            : throw new WeightsException([$"{path}: has ids up to {tokenizer.IdCount - 1}, but the text encoder of {model.Name} has {model.TextEncoder.VocabularySize} rows; it belongs to another model"]);
    }
}

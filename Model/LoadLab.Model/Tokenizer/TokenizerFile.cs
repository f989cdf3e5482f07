namespace LoadLab.Model.Tokenizer;

/// <summary>Where a checkpoint folder keeps its tokenizer.</summary>
public static class TokenizerFile
{
    // In this order: beside the weights, as Diffusers repositories have it, as the original repositories have it.
    private static readonly string[] Places = ["tokenizer.json", "tokenizer/tokenizer.json", "google/umt5-xxl/tokenizer.json"];

    /// <summary>The path of the folder's tokenizer.json, for <see cref="UnigramTokenizer.Open"/>; null when it has none.</summary>
    public static string? Find(string checkpointFolder) =>
        Places.Select(place => Path.Combine(checkpointFolder, place)).FirstOrDefault(File.Exists);
}

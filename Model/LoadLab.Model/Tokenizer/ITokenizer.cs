namespace LoadLab.Model.Tokenizer;

/// <summary>A prompt to the ids its text encoder was trained on, or, for the small models, made for.</summary>
public interface ITokenizer
{
    /// <summary>Ids of the real tokens, the end token last; at most <paramref name="maxLength"/> with it. Never empty.</summary>
    int[] Encode(string prompt, int maxLength);
}

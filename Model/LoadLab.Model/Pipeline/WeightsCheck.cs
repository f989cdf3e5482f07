using LoadLab.Model.Safetensors;
using LoadLab.Model.Tokenizer;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Pipeline;

/// <summary>Whether a model can be loaded from a source: every file is opened and every name, shape, type and configuration compared; no weight is read.</summary>
public static class WeightsCheck
{
    /// <summary>One line per problem: file, what was found, what belongs there. Empty when the model can be loaded, given the memory.</summary>
    public static IReadOnlyList<string> Problems(WanModelSpec model, WeightsSource source) =>
        source is WeightsSource.Folder ? [.. Refusals(() => Checkpoint.Open(model, source).Dispose()), .. Refusals(() => PromptTokenizer.Of(model, source))] : [];

    private static IReadOnlyList<string> Refusals(Action open)
    {
        try
        {
            open();
            return [];
        }
        catch (WeightsException e)
        {
            return e.Problems;
        }
        catch (TokenizerException e)
        {
            return e.Problems;
        }
        catch (Exception e) when (e is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            return [e.Message];
        }
    }
}

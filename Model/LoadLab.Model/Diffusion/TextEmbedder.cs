using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>Context rows through the text MLP and every block's key and value projections.</summary>
internal sealed class TextEmbedder(LoadedWeights weights, DitConfig config, IReadOnlyList<DitBlock> blocks)
{
    private const int MaxQueryChunk = 128;

    private readonly ITensorBackend _backend = weights.Backend;
    private readonly LinearWeight _in = weights.Linear("text_embedding.0", config.Dim, config.TextDim);
    private readonly LinearWeight _out = weights.Linear("text_embedding.2", config.Dim, config.Dim);

    public TextKeys Embed(TextGroup group, int tokens, IProbe? probe)
    {
        using var values = _backend.FromHost(new Shape(1, group.Rows, config.TextDim), group.Values);
        using var hidden = _backend.Linear(values, _in, Activation.GeluTanh);
        using var rows = _backend.Linear(hidden, _out);
        Show(probe, "text_embed", rows, group);
        TensorList? keys = null;
        TensorList? projected = null;
        try
        {
            keys = TensorList.Create(blocks.Count, i => blocks[i].Cross.Key(rows));
            projected = TensorList.Create(blocks.Count, i => blocks[i].Cross.Value(rows));
            Show(probe, "block0_cross_k", keys[0], group);
            Show(probe, "block0_cross_v", projected[0], group);
            var chunk = QueryChunk(tokens);
            return new TextKeys(group, chunk, Bias(group, chunk), keys, projected);
        }
        catch
        {
            keys?.Dispose();
            projected?.Dispose();
            throw;
        }
    }

    /// <summary>The largest divisor of the token count that keeps the bias small.</summary>
    internal static int QueryChunk(int tokens)
    {
        var divisor = Math.Min(tokens, MaxQueryChunk);
        while (tokens % divisor != 0)
        {
            divisor--;
        }

        return divisor;
    }

    private Tensor? Bias(TextGroup group, int chunk)
    {
        var values = group.Bias(config.Heads, chunk);
        return values is null ? null : _backend.FromHost(new Shape(config.Heads, chunk, group.Rows), values);
    }

    // A reference holds every padding row by itself.
    private void Show(IProbe? probe, string name, Tensor rows, TextGroup group)
    {
        if (probe is null)
        {
            return;
        }

        var width = rows.Shape.Count / group.Rows;
        using var table = _backend.Reshape(rows, new Shape(group.Rows, (int)width));
        var index = Enumerable.Range(0, config.TextLength).Select(row => Math.Min(row, group.Rows - 1)).ToArray();
        using var spread = _backend.Gather(table, index);
        probe.See(name, spread);
    }
}

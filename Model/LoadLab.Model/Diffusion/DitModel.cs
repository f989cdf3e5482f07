using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>The Wan diffusion transformer: latents, timesteps and text to velocities. Source: Wan2.2 wan/modules/model.py.</summary>
internal sealed class DitModel : IDisposable
{
    private readonly ITensorBackend _backend;
    private readonly LoadedWeights _weights;
    private readonly LinearWeight _patch;
    private readonly LinearWeight _textIn;
    private readonly LinearWeight _textOut;
    private readonly TimePath _time;
    private readonly DitBlock[] _blocks;
    private readonly Modulation _headModulation;
    private readonly LinearWeight _head;

    public DitModel(ITensorBackend backend, DitConfig config, WeightView source)
    {
        source.Require(config.Tensors());
        _backend = backend;
        Config = config;
        _weights = new LoadedWeights(backend, source);
        try
        {
            _patch = _weights.Linear("patch_embedding", config.Dim, config.InChannels * config.PatchVolume);
            _textIn = _weights.Linear("text_embedding.0", config.Dim, config.TextDim);
            _textOut = _weights.Linear("text_embedding.2", config.Dim, config.Dim);
            _time = new TimePath(_weights, config);
            _blocks = [.. Enumerable.Range(0, config.Layers).Select(i => new DitBlock(_weights, config, $"blocks.{i}"))];
            _headModulation = new Modulation(_weights, "head.modulation", 2, config.Dim);
            _head = _weights.Linear("head.head", config.PatchVolume * config.OutChannels, config.Dim);
            _weights.ReleaseScratch();
        }
        catch
        {
            _weights.Dispose();
            throw;
        }
    }

    public DitConfig Config { get; }

    /// <summary>Prepares a batch: contexts hold per item (n, text dim) values, n at most the text length.</summary>
    public DitSession Open(LatentGrid grid, IReadOnlyList<float[]> contexts, IProbe? probe = null)
    {
        var text = OpenText(contexts, probe);
        Tensor? cosines = null;
        try
        {
            var patches = grid.Patches(Config);
            var (cos, sin) = RopeTable.Build(Config.HeadDim, patches);
            var shape = new Shape(patches.Positions, Config.HeadDim / 2);
            cosines = _backend.FromHost(shape, cos);
            return new DitSession(grid, contexts.Count, cosines, _backend.FromHost(shape, sin), text);
        }
        catch
        {
            cosines?.Dispose();
            Release(text);
            throw;
        }
    }

    /// <summary>latents (B, C, T, H, W) to velocities of the same layout with the output channels.</summary>
    public float[] Forward(DitSession session, ReadOnlySpan<float> latents, TokenTimesteps timesteps, IProbe? probe = null)
    {
        using var x = Embed(session, latents);
        probe?.See("patch_embed", x);
        var (embedding, projection) = _time.Evaluate(timesteps);
        using (embedding)
        using (projection)
        {
            probe?.See("time_embed", embedding);
            probe?.See("time_proj", projection);
            for (var i = 0; i < _blocks.Length; i++)
            {
                _blocks[i].Apply(x, projection, timesteps.RowIndex, session, session.Text[i], i == 0 ? probe : null);
                probe?.See($"block{i}_out", x);
            }

            using var rows = Head(x, embedding, timesteps.RowIndex, probe);
            return Unpatch(session, rows);
        }
    }

    public void Dispose() => _weights.Dispose();

    private (Tensor Key, Tensor Value)[] OpenText(IReadOnlyList<float[]> contexts, IProbe? probe)
    {
        var rows = new TextRows(contexts, Config.TextDim, Config.TextLength);
        using var values = _backend.FromHost(new Shape(1, rows.Count, Config.TextDim), rows.Values);
        using var hidden = _backend.Linear(values, _textIn, Activation.GeluTanh);
        using var embedded = _backend.Linear(hidden, _textOut);
        var text = new (Tensor Key, Tensor Value)[_blocks.Length];
        try
        {
            if (probe is not null)
            {
                using var spread = Spread(embedded, rows.Index, new Shape(contexts.Count, Config.TextLength, Config.Dim));
                probe.See("text_embed", spread);
            }

            var heads = new Shape(contexts.Count, Config.TextLength, Config.Heads, Config.HeadDim);
            for (var i = 0; i < text.Length; i++)
            {
                using var key = _blocks[i].Cross.Key(embedded);
                text[i].Key = Spread(key, rows.Index, heads);
                using var value = _blocks[i].Cross.Value(embedded);
                text[i].Value = Spread(value, rows.Index, heads);
            }

            return text;
        }
        catch
        {
            Release(text);
            throw;
        }
    }

    private Tensor Spread(Tensor rows, int[] index, Shape shape)
    {
        using var table = _backend.Reshape(rows, new Shape(rows.Shape[1], Config.Dim));
        using var gathered = _backend.Gather(table, index);
        return _backend.Reshape(gathered, shape);
    }

    // Entries not reached yet are null.
    private static void Release((Tensor Key, Tensor Value)[] text)
    {
        foreach (var (key, value) in text)
        {
            key?.Dispose();
            value?.Dispose();
        }
    }

    // A convolution whose stride is its kernel is a linear layer over patches.
    private Tensor Embed(DitSession session, ReadOnlySpan<float> latents)
    {
        var tokens = session.Grid.Patches(Config).Positions;
        var width = Config.InChannels * Config.PatchVolume;
        var size = Config.InChannels * session.Grid.Positions;
        var rows = new float[session.Batch * tokens * width];
        for (var b = 0; b < session.Batch; b++)
        {
            LatentPatches.ToTokens(latents.Slice(b * size, size), rows.AsSpan(b * size, size), session.Grid, Config);
        }

        using var input = _backend.FromHost(new Shape(session.Batch, tokens, width), rows);
        return _backend.Linear(input, _patch);
    }

    private Tensor Head(Tensor x, Tensor embedding, int[] rowIndex, IProbe? probe)
    {
        // Both rows add the same e, so it is repeated to the table's width.
        using var twice = _backend.Concat([embedding, embedding], axis: 1);
        using var rows = _headModulation.Rows(twice);
        using var input = _backend.LayerNormModulated(x, Config.Epsilon, scale: rows[1], shift: rows[0], rowIndex);
        probe?.See("head_modulated", input);
        var output = _backend.Linear(input, _head);
        probe?.See("head_out", output);
        return output;
    }

    private float[] Unpatch(DitSession session, Tensor rows)
    {
        var host = new float[rows.Shape.Count];
        _backend.ToHost(rows, host);
        var velocities = new float[host.Length];
        var size = host.Length / session.Batch;
        for (var b = 0; b < session.Batch; b++)
        {
            LatentPatches.FromTokens(host.AsSpan(b * size, size), velocities.AsSpan(b * size, size), session.Grid, Config);
        }

        return velocities;
    }
}

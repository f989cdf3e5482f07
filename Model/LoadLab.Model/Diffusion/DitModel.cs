using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>The Wan diffusion transformer: latents, timesteps and text to velocities. Source: Wan2.2 wan/modules/model.py.</summary>
internal sealed class DitModel : IDisposable
{
    private readonly ITensorBackend _backend;
    private readonly LoadedWeights _weights;
    private readonly LinearWeight _patch;
    private readonly TextEmbedder _text;
    private readonly TimePath _time;
    private readonly DitBlock[] _blocks;
    private readonly Modulation _headModulation;
    private readonly LinearWeight _head;

    public DitModel(ITensorBackend backend, DitConfig config, WeightView source, ElementType type = ElementType.Float32)
    {
        source.Require(config.Tensors());
        _backend = backend;
        Config = config;
        _weights = new LoadedWeights(backend, source, type);
        try
        {
            // Float32, so that the residual stream it begins is.
            _patch = _weights.FullLinear("patch_embedding", config.Dim, config.InChannels * config.PatchVolume);
            _time = new TimePath(_weights, config);
            _blocks = [.. Enumerable.Range(0, config.Layers).Select(i => new DitBlock(_weights, config, i))];
            _text = new TextEmbedder(_weights, config, _blocks);
            _headModulation = new Modulation(_weights, "head.modulation", 2, config.Dim);
            _head = _weights.FullLinear("head.head", config.PatchVolume * config.OutChannels, config.Dim);
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
        var patches = grid.Patches(Config);
        var texts = new List<TextKeys>();
        try
        {
            foreach (var group in TextGroup.Of(contexts, Config.TextDim, Config.TextLength))
            {
                texts.Add(_text.Embed(group, patches.Positions, probe));
            }

            var (cos, sin) = RopeTable.Build(Config.HeadDim, patches);
            var shape = new Shape(patches.Positions, Config.HeadDim / 2);
            return new DitSession(grid, contexts.Count, TensorList.Create(2, i => _backend.FromHost(shape, i == 0 ? cos : sin)), texts);
        }
        catch
        {
            texts.ForEach(text => text.Dispose());
            throw;
        }
    }

    /// <summary>latents (B, C, T, H, W) to velocities of the same layout with the output channels.</summary>
    public float[] Forward(DitSession session, ReadOnlySpan<float> latents, TokenTimesteps timesteps, IProbe? probe = null)
    {
        var velocities = new float[session.Batch * session.Grid.Positions * Config.OutChannels];
        Forward(session, latents, timesteps, velocities, probe);
        return velocities;
    }

    /// <summary>The same into the caller's memory, which must hold them exactly; a step that repeats allocates nothing that grows with the latent.</summary>
    public void Forward(DitSession session, ReadOnlySpan<float> latents, TokenTimesteps timesteps, Span<float> velocities, IProbe? probe = null)
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
                _blocks[i].Apply(x, projection, timesteps.RowIndex, session, i == 0 ? probe : null);
                probe?.See($"block{i}_out", x);
            }

            using var rows = Head(x, embedding, timesteps.RowIndex, probe);
            Unpatch(session, rows, velocities);
        }
    }

    public void Dispose() => _weights.Dispose();

    // A convolution whose stride is its kernel is a linear layer over patches.
    private Tensor Embed(DitSession session, ReadOnlySpan<float> latents)
    {
        var tokens = session.Grid.Patches(Config).Positions;
        var width = Config.InChannels * Config.PatchVolume;
        var size = Config.InChannels * session.Grid.Positions;
        var rows = session.HostRows(session.Batch * tokens * width);
        for (var b = 0; b < session.Batch; b++)
        {
            LatentPatches.ToTokens(latents.Slice(b * size, size), rows.Slice(b * size, size), session.Grid, Config);
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

    private void Unpatch(DitSession session, Tensor rows, Span<float> velocities)
    {
        var host = session.HostRows((int)rows.Shape.Count);
        _backend.ToHost(rows, host);
        var size = host.Length / session.Batch;
        for (var b = 0; b < session.Batch; b++)
        {
            LatentPatches.FromTokens(host.Slice(b * size, size), velocities.Slice(b * size, size), session.Grid, Config);
        }
    }
}

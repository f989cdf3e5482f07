using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>
/// The parameter-free skip around an upsampling stage of Wan2.2: skip[o, t ft + a, 2y + p, 2x + q] = in[((o ft + a) 2 + p) 2 + q div rep, t, y, x],
/// rep = Cout ft 4 / Cin. With s = ft 4 / rep input channels per output channel this picks channel o s + ((a 2 + p) 2 + q) div rep.
/// Source: Wan2.2 wan/modules/vae2_2.py, DupUp3D.
/// </summary>
internal sealed class ChannelDuplication
{
    private readonly ITensorBackend _backend;
    private readonly int _frames;
    private readonly int _output;
    private readonly int _perOutput;
    private readonly int _repeat;

    public ChannelDuplication(ITensorBackend backend, VaeStage stage)
    {
        _backend = backend;
        _frames = stage.UpsamplesTime ? 2 : 1;
        _output = stage.Output;
        if (stage.Input % stage.Output != 0 || (_frames * 4 * stage.Output) % stage.Input != 0)
        {
            throw new ArgumentException($"VAE stage {stage.Index}: its skip cannot turn {stage.Input} channels into {stage.Output}; the first must be a multiple of the second");
        }

        _perOutput = stage.Input / stage.Output;
        _repeat = _frames * 4 / _perOutput;
    }

    /// <summary>(B, T, H, W, Cin) to (B, ft T, 2H, 2W, Cout); at the start of a stream the first ft - 1 frames are dropped.</summary>
    public Tensor Apply(Tensor x, bool first)
    {
        var sources = Sources(x);
        try
        {
            var result = Interleave(sources, x.Shape);
            return first && _frames > 1 ? DropFirst(result) : result;
        }
        finally
        {
            Array.ForEach(sources, source => source.Dispose());
        }
    }

    // Channels o s + j for every o, one tensor per j.
    private Tensor[] Sources(Tensor x)
    {
        var positions = checked((int)(x.Shape.Count / x.Shape[4]));
        using var split = _backend.Reshape(x, new Shape(positions, _output, _perOutput));
        return [.. Enumerable.Range(0, _perOutput).Select(j => _backend.Slice(split, axis: 2, j, 1))];
    }

    // Joins frames, then rows, then columns: factor by factor, each fastest in its axis.
    private Tensor Interleave(Tensor[] sources, Shape input)
    {
        var (b, t, h, w) = (input[0], input[1], input[2], input[3]);
        using var joined = Join(Enumerable.Range(0, _frames).Select(a => Rows(sources, b * t * h, w, a)), b * t, 4 * h * w * _output);
        return _backend.Reshape(joined, new Shape(b, _frames * t, 2 * h, 2 * w, _output));
    }

    private Tensor Rows(Tensor[] sources, int rows, int width, int frame) =>
        Join([Columns(sources, rows * width, frame, 0), Columns(sources, rows * width, frame, 1)], rows, 2 * width * _output);

    private Tensor Columns(Tensor[] sources, int positions, int frame, int row) =>
        Join([Pick(sources, positions, frame, row, 0), Pick(sources, positions, frame, row, 1)], positions, _output);

    private Tensor Pick(Tensor[] sources, int positions, int frame, int row, int column) =>
        _backend.Reshape(sources[((((frame * 2) + row) * 2) + column) / _repeat], new Shape(positions, 1, _output));

    // Parts of count outer * inner, interleaved: (outer, parts, inner). Disposes the parts.
    private Tensor Join(IEnumerable<Tensor> parts, int outer, int inner)
    {
        var owned = parts.ToArray();
        var shaped = owned.Select(part => _backend.Reshape(part, new Shape(outer, 1, inner))).ToArray();
        try
        {
            return _backend.Concat(shaped, axis: 1);
        }
        finally
        {
            Array.ForEach(shaped, part => part.Dispose());
            Array.ForEach(owned, part => part.Dispose());
        }
    }

    private Tensor DropFirst(Tensor frames)
    {
        using (frames)
        {
            return _backend.Slice(frames, axis: 1, 1, frames.Shape[1] - 1);
        }
    }
}

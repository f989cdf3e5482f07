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
        using var sources = Sources(x);
        var result = Interleave(sources, x.Shape);
        return first && _frames > 1 ? DropFirst(result) : result;
    }

    // Channels o s + j for every o, one tensor per j.
    private TensorList Sources(Tensor x)
    {
        var positions = checked((int)(x.Shape.Count / x.Shape[4]));
        using var split = _backend.Reshape(x, new Shape(positions, _output, _perOutput));
        return TensorList.Create(_perOutput, j => _backend.Slice(split, axis: 2, j, 1));
    }

    // Joins columns, then rows, then frames: each factor is fastest in its axis.
    private Tensor Interleave(TensorList sources, Shape input)
    {
        var (b, t, h, w) = (input[0], input[1], input[2], input[3]);
        using var joined = Join(_frames, a => Rows(sources, b * t * h, w, a), b * t, 4 * h * w * _output);
        return _backend.Reshape(joined, new Shape(b, _frames * t, 2 * h, 2 * w, _output));
    }

    private Tensor Rows(TensorList sources, int rows, int width, int frame) =>
        Join(2, row => Columns(sources, rows * width, frame, row), rows, 2 * width * _output);

    private Tensor Columns(TensorList sources, int positions, int frame, int row) =>
        Join(2, column => Pick(sources, positions, frame, row, column), positions, _output);

    private Tensor Pick(TensorList sources, int positions, int frame, int row, int column) =>
        _backend.Reshape(sources[((((frame * 2) + row) * 2) + column) / _repeat], new Shape(positions, 1, _output));

    // Parts of outer * inner values, interleaved: (outer, count, inner).
    private Tensor Join(int count, Func<int, Tensor> part, int outer, int inner)
    {
        using var shaped = TensorList.Create(count, i => Shaped(part(i), outer, inner));
        return _backend.Concat(shaped.ToArray(), axis: 1);
    }

    private Tensor Shaped(Tensor part, int outer, int inner)
    {
        using (part)
        {
            return _backend.Reshape(part, new Shape(outer, 1, inner));
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

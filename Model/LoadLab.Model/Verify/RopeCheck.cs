using LoadLab.Model.Diffusion;
using LoadLab.Tensors;

namespace LoadLab.Model.Verify;

/// <summary>rope-*: rows of the angle table, and rotation of tokens where those past the grid are left alone.</summary>
internal static class RopeCheck
{
    private const int LastPosition = 1023;

    public static void Run(GoldenCase golden)
    {
        foreach (var (name, config) in golden.Config.Members)
        {
            var headDim = config.Int("head_dim");
            var grid = config.Ints("grid");
            CompareTable(golden, name, headDim);
            CompareRotation(golden, name, headDim, new LatentGrid(grid[0], grid[1], grid[2]));
        }
    }

    private static void CompareTable(GoldenCase golden, string name, int headDim)
    {
        var rows = golden.Has($"outputs/{name}/freqs_cos") ? golden.Shape($"outputs/{name}/freqs_cos")[0] : 0;
        var angles = Enumerable.Range(0, rows).SelectMany(p => RopeTable.Angles(headDim, p, p, p)).ToArray();
        var last = RopeTable.Angles(headDim, LastPosition, LastPosition, LastPosition);
        golden.Output($"{name}/freqs_cos", Array.ConvertAll(angles, Math.Cos));
        golden.Output($"{name}/freqs_sin", Array.ConvertAll(angles, Math.Sin));
        golden.Output($"{name}/freqs_cos_last", Array.ConvertAll(last, Math.Cos));
        golden.Output($"{name}/freqs_sin_last", Array.ConvertAll(last, Math.Sin));
    }

    private static void CompareRotation(GoldenCase golden, string name, int headDim, LatentGrid grid)
    {
        var shape = golden.InputShape($"{name}/x", 4);
        if (grid.Positions > shape[1] || headDim != shape[3])
        {
            throw new FormatException($"tensor 'inputs/{name}/x' has {shape[1]} tokens of {shape[3]} values, the configuration {grid.Positions} of {headDim}");
        }

        var (cos, sin) = RopeTable.Build(headDim, grid);
        var tableShape = new Shape(grid.Positions, headDim / 2);
        var backend = golden.Backend;
        using var x = backend.FromHost(new Shape([.. shape]), golden.Input($"{name}/x"));
        using var cosines = backend.FromHost(tableShape, cos);
        using var sines = backend.FromHost(tableShape, sin);
        using var y = backend.Rope(x, cosines, sines);
        var values = new float[y.Shape.Count];
        backend.ToHost(y, values);
        golden.Output($"{name}/y", values);
    }
}

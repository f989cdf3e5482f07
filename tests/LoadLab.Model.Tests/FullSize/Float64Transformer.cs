using System.Numerics;

namespace LoadLab.Model.Tests.FullSize;

/// <summary>
/// Section 2 of the model's specification in float64, token by token, for a transformer of one block: slow, plain, and without a line of the code it checks. Rows are tokens.
/// </summary>
internal sealed class Float64Transformer(CheapWeights weights, int dim, int ffn, int heads, int channels)
{
    private const double Epsilon = 1e-6;
    private const int TextWidth = 4096;
    private const int TextRows = 512;

    /// <summary>The residual stream after the block, of the last evaluation.</summary>
    public double[][] AfterBlock { get; private set; } = [];

    /// <summary>Velocity [C, T, H, W] of a latent of those extents.</summary>
    public double[] Velocity(float[] latent, (int T, int H, int W) extents, float timestep, float[] context)
    {
        var grid = (F: extents.T, H: extents.H / 2, W: extents.W / 2);
        var x = Linear(Patches(latent, extents, grid), "patch_embedding", dim);
        var (e, e0) = Time(timestep);
        var text = Text(context);
        Block(x, e0, text, grid);
        AfterBlock = x;
        var table = weights.Vector("head.modulation", 2 * dim);
        double[] shift = [.. Enumerable.Range(0, dim).Select(i => table[i] + e[i])];
        double[] scale = [.. Enumerable.Range(0, dim).Select(i => table[dim + i] + e[i])];
        return Unpatch(Linear(Modulated(x, scale, shift), "head.head", 4 * channels), extents, grid);
    }

    private void Block(double[][] x, double[] e0, double[][] text, (int F, int H, int W) grid)
    {
        var table = weights.Vector("blocks.0.modulation", 6 * dim);
        double[] Row(int row) => [.. Enumerable.Range(row * dim, dim).Select(i => table[i] + e0[i])];

        var u = Modulated(x, Row(1), Row(0));
        var q = Rotated(RmsNormed(Linear(u, "blocks.0.self_attn.q", dim), "blocks.0.self_attn.norm_q.weight"), grid);
        var k = Rotated(RmsNormed(Linear(u, "blocks.0.self_attn.k", dim), "blocks.0.self_attn.norm_k.weight"), grid);
        var v = Linear(u, "blocks.0.self_attn.v", dim);
        Add(x, Linear(Attention(q, k, v, copiesOfLastKey: 1), "blocks.0.self_attn.o", dim), Row(2));

        var gain = weights.Vector("blocks.0.norm3.weight", dim);
        var offset = weights.Vector("blocks.0.norm3.bias", dim);
        u = [.. x.Select(row => LayerNormed(row).Select((value, i) => (value * gain[i]) + offset[i]).ToArray())];
        q = RmsNormed(Linear(u, "blocks.0.cross_attn.q", dim), "blocks.0.cross_attn.norm_q.weight");
        k = RmsNormed(Linear(text, "blocks.0.cross_attn.k", dim), "blocks.0.cross_attn.norm_k.weight");
        v = Linear(text, "blocks.0.cross_attn.v", dim);
        Add(x, Linear(Attention(q, k, v, TextRows - text.Length + 1), "blocks.0.cross_attn.o", dim), gate: null);

        u = Modulated(x, Row(4), Row(3));
        var hidden = Linear(u, "blocks.0.ffn.0", ffn).Select(row => Array.ConvertAll(row, Gelu)).ToArray();
        Add(x, Linear(hidden, "blocks.0.ffn.2", dim), Row(5));
    }

    // The real rows, then one row of padding that stands for all of them: they are alike.
    private double[][] Text(float[] context)
    {
        double[][] rows = [.. context.Chunk(TextWidth).Select(row => Array.ConvertAll(row, value => (double)value)), new double[TextWidth]];
        var hidden = Linear(rows, "text_embedding.0", dim).Select(row => Array.ConvertAll(row, Gelu)).ToArray();
        return Linear(hidden, "text_embedding.2", dim);
    }

    private (double[] E, double[] E0) Time(float timestep)
    {
        var sinusoid = new double[256];
        for (var j = 0; j < 128; j++)
        {
            var angle = timestep * Math.Pow(10000, -j / 128.0);
            (sinusoid[j], sinusoid[128 + j]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }

        var hidden = Array.ConvertAll(Linear([sinusoid], "time_embedding.0", dim)[0], Silu);
        var e = Linear([hidden], "time_embedding.2", dim)[0];
        return (e, Linear([Array.ConvertAll(e, Silu)], "time_projection.1", 6 * dim)[0]);
    }

    private double[][] Patches(float[] latent, (int T, int H, int W) extents, (int F, int H, int W) grid) =>
    [
        .. from f in Enumerable.Range(0, grid.F)
           from h in Enumerable.Range(0, grid.H)
           from w in Enumerable.Range(0, grid.W)
           select (
               from c in Enumerable.Range(0, channels)
               from ph in Enumerable.Range(0, 2)
               from pw in Enumerable.Range(0, 2)
               select (double)latent[(((((c * extents.T) + f) * extents.H) + (2 * h) + ph) * extents.W) + (2 * w) + pw]).ToArray(),
    ];

    private double[] Unpatch(double[][] rows, (int T, int H, int W) extents, (int F, int H, int W) grid)
    {
        var result = new double[channels * extents.T * extents.H * extents.W];
        for (var c = 0; c < channels; c++)
        {
            for (var f = 0; f < extents.T; f++)
            {
                for (var y = 0; y < extents.H; y++)
                {
                    for (var x = 0; x < extents.W; x++)
                    {
                        var token = (((f * grid.H) + (y / 2)) * grid.W) + (x / 2);
                        result[(((((c * extents.T) + f) * extents.H) + y) * extents.W) + x] = rows[token][((((y % 2) * 2) + (x % 2)) * channels) + c];
                    }
                }
            }
        }

        return result;
    }

    private double[][] Rotated(double[][] rows, (int F, int H, int W) grid)
    {
        var width = dim / heads;
        var half = width / 2;
        var (rowPairs, timePairs) = (half / 3, half - (2 * (half / 3)));
        for (var token = 0; token < rows.Length; token++)
        {
            var (f, h, w) = (token / (grid.H * grid.W), token / grid.W % grid.H, token % grid.W);
            for (var pair = 0; pair < half; pair++)
            {
                var (position, i, n) = pair < timePairs ? (f, pair, timePairs) : pair < timePairs + rowPairs ? (h, pair - timePairs, rowPairs) : (w, pair - timePairs - rowPairs, rowPairs);
                var (sin, cos) = Math.SinCos(position * Math.Pow(10000, -(double)i / n));
                for (var at = 2 * pair; at < dim; at += width)
                {
                    var (a, b) = (rows[token][at], rows[token][at + 1]);
                    (rows[token][at], rows[token][at + 1]) = ((a * cos) - (b * sin), (a * sin) + (b * cos));
                }
            }
        }

        return rows;
    }

    private double[][] Attention(double[][] q, double[][] k, double[][] v, int copiesOfLastKey)
    {
        var width = dim / heads;
        var result = q.Select(_ => new double[dim]).ToArray();
        Parallel.For(0, heads, head =>
        {
            var first = head * width;
            for (var i = 0; i < q.Length; i++)
            {
                var logits = k.Select(key => Enumerable.Range(first, width).Sum(c => q[i][c] * key[c]) / Math.Sqrt(width)).ToArray();
                var highest = logits.Max();
                var terms = logits.Select((logit, j) => Math.Exp(logit - highest) * (j == k.Length - 1 ? copiesOfLastKey : 1)).ToArray();
                var sum = terms.Sum();
                for (var c = first; c < first + width; c++)
                {
                    result[i][c] = v.Select((row, j) => terms[j] * row[c]).Sum() / sum;
                }
            }
        });
        return result;
    }

    private double[][] Linear(double[][] x, string name, int outputs)
    {
        var inputs = x[0].Length;
        weights.Matrix(name, outputs, inputs);
        var bias = weights.Bias(name, outputs);
        var y = x.Select(_ => new double[outputs]).ToArray();
        Parallel.For(0, outputs, () => new double[inputs], (o, _, row) =>
        {
            weights.Row(o, row);
            for (var token = 0; token < x.Length; token++)
            {
                y[token][o] = Dot(row, x[token]) + bias[o];
            }

            return row;
        }, _ => { });
        return y;
    }

    private static double Dot(double[] a, double[] b)
    {
        var sums = Vector<double>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            sums += new Vector<double>(a, i) * new Vector<double>(b, i);
        }

        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static double[][] Modulated(double[][] x, double[] scale, double[] shift) =>
        [.. x.Select(row => LayerNormed(row).Select((value, i) => (value * (1 + scale[i])) + shift[i]).ToArray())];

    private static double[] LayerNormed(double[] row)
    {
        var mean = row.Average();
        var deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + Epsilon);
        return Array.ConvertAll(row, value => (value - mean) / deviation);
    }

    // Over the whole width, before the split into heads.
    private double[][] RmsNormed(double[][] x, string name)
    {
        var gain = weights.Vector(name, dim);
        return [.. x.Select(row =>
        {
            var root = Math.Sqrt(row.Average(value => value * value) + Epsilon);
            return row.Select((value, i) => value / root * gain[i]).ToArray();
        })];
    }

    private static void Add(double[][] x, double[][] y, double[]? gate)
    {
        for (var token = 0; token < x.Length; token++)
        {
            for (var i = 0; i < x[token].Length; i++)
            {
                x[token][i] += y[token][i] * (gate?[i] ?? 1);
            }
        }
    }

    private static double Silu(double x) => x / (1 + Math.Exp(-x));

    private static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));
}

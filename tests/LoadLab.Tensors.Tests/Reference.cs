namespace LoadLab.Tensors.Tests;

/// <summary>The operations as plain loops in double precision, written from their definitions.</summary>
internal static class Reference
{
    public static double Activate(double x, Activation activation) => activation switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        _ => x,
    };

    public static double[] Linear(float[] x, float[] weight, float[] bias, int rows, int inputs, int outputs, Activation activation)
    {
        var y = new double[rows * outputs];
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < outputs; o++)
            {
                double sum = bias.Length == 0 ? 0 : bias[o];
                for (var i = 0; i < inputs; i++)
                {
                    sum += (double)x[r * inputs + i] * weight[o * inputs + i];
                }

                y[r * outputs + o] = Activate(sum, activation);
            }
        }

        return y;
    }

    public static double[] Attention(float[] q, float[] k, float[] v, Shape shape, int keyItems, int keys, float scale, float[]? bias, int[] lengths)
    {
        var (items, queries, heads, dim) = (shape[0], shape[1], shape[2], shape[3]);
        var y = new double[shape.Count];
        for (var b = 0; b < items; b++)
        {
            var keyItem = keyItems == 1 ? 0 : b;
            for (var i = 0; i < queries; i++)
            {
                for (var h = 0; h < heads; h++)
                {
                    var logits = new double[keys];
                    for (var j = 0; j < keys; j++)
                    {
                        double dot = 0;
                        for (var d = 0; d < dim; d++)
                        {
                            dot += (double)q[((b * queries + i) * heads + h) * dim + d] * k[((keyItem * keys + j) * heads + h) * dim + d];
                        }

                        var masked = lengths.Length > 0 && j >= lengths[b];
                        logits[j] = masked ? float.MinValue : scale * dot + (bias is null ? 0 : bias[(h * queries + i) * keys + j]);
                    }

                    var max = logits.Max();
                    var weights = logits.Select(l => Math.Exp(l - max)).ToArray();
                    var total = weights.Sum();
                    for (var d = 0; d < dim; d++)
                    {
                        double sum = 0;
                        for (var j = 0; j < keys; j++)
                        {
                            sum += weights[j] / total * v[((keyItem * keys + j) * heads + h) * dim + d];
                        }

                        y[((b * queries + i) * heads + h) * dim + d] = sum;
                    }
                }
            }
        }

        return y;
    }

    public static double[] Convolution(float[] x, Shape shape, float[] weight, float[] bias, int outputs, (int T, int H, int W) kernel, (int T, int H, int W) pad)
    {
        var (items, frames, rows, columns, inputs) = (shape[0], shape[1], shape[2], shape[3], shape[4]);
        var (time, height, width) = (frames + pad.T - kernel.T + 1, rows + 2 * pad.H - kernel.H + 1, columns + 2 * pad.W - kernel.W + 1);
        var y = new double[items * time * height * width * outputs];
        var next = 0;
        for (var b = 0; b < items; b++)
        {
            for (var t = 0; t < time; t++)
            {
                for (var r = 0; r < height; r++)
                {
                    for (var c = 0; c < width; c++)
                    {
                        for (var o = 0; o < outputs; o++)
                        {
                            y[next++] = (bias.Length == 0 ? 0 : bias[o]) + Taps(b, t - pad.T, r - pad.H, c - pad.W, o);
                        }
                    }
                }
            }
        }

        return y;

        double Taps(int b, int t, int r, int c, int o)
        {
            double sum = 0;
            for (var dt = 0; dt < kernel.T; dt++)
            {
                for (var dr = 0; dr < kernel.H; dr++)
                {
                    for (var dc = 0; dc < kernel.W; dc++)
                    {
                        if (t + dt < 0 || r + dr < 0 || r + dr >= rows || c + dc < 0 || c + dc >= columns)
                        {
                            continue;
                        }

                        for (var i = 0; i < inputs; i++)
                        {
                            sum += (double)x[(((b * frames + t + dt) * rows + r + dr) * columns + c + dc) * inputs + i]
                                * weight[(((o * inputs + i) * kernel.T + dt) * kernel.H + dr) * kernel.W + dc];
                        }
                    }
                }
            }

            return sum;
        }
    }
}

using LoadLab.Tensors;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

public sealed partial class TorchBackend
{
    /// <summary>The result has the weight's type, to which the input is converted.</summary>
    public Tensor Linear(Tensor x, LinearWeight weight, Activation activation = Activation.None)
    {
        var own = weight as TorchLinearWeight ?? throw new ArgumentException("the weight belongs to another backend");
        Require.That(x.Shape.Rank > 0 && x.Shape[-1] == weight.InFeatures, $"the last axis must be {weight.InFeatures}", x.Shape);
        var source = Own(x);
        int[] extents = [.. x.Shape.Extents];
        extents[^1] = weight.OutFeatures;
        return Make(new Shape(extents), own.Type, () => Activated(F.linear(source.Native.to(Scalars(own.Type)), own.Weight, own.Bias), activation));
    }

    /// <summary>The result has the queries' type, to which keys, values and bias are converted. On a GPU narrow types take the fused kernels.</summary>
    public Tensor Attention(Tensor q, Tensor k, Tensor v, float scale, Tensor? bias = null, ReadOnlySpan<int> keyLengths = default)
    {
        ShapeRules.Attention(q.Shape, k.Shape, v.Shape, bias?.Shape, keyLengths);
        var (queries, keys, values, added) = (Own(q), Own(k), Own(v), bias is null ? null : Own(bias));
        var lengths = KeyLengths.Of(keyLengths, k.Shape[1]);
        var type = Scalars(queries.Type);
        return Make(q.Shape, queries.Type, () =>
        {
            // The product scales by 1 / sqrt(D) itself; the rest of the scale goes into q.
            var rest = scale * MathF.Sqrt(q.Shape[3]);
            using Scalar factor = rest;
            var scaled = MathF.Abs(rest - 1) < 1e-6f ? queries.Native : queries.Native.mul(factor);
            var mask = Mask(added, lengths, type);
            var y = F.scaled_dot_product_attention(
                HeadsFirst(scaled), HeadsFirst(Shared(keys, q.Shape[0], lengths.Common).to(type)), HeadsFirst(Shared(values, q.Shape[0], lengths.Common).to(type)), mask);
            return HeadsFirst(y);
        });
    }

    public Tensor Convolution(Tensor x, ConvolutionWeight weight, int padTimeBefore, int padHeight, int padWidth)
    {
        var own = weight as TorchConvolutionWeight ?? throw new ArgumentException("the weight belongs to another backend");
        var shape = ShapeRules.Convolution(x.Shape, weight, padTimeBefore, padHeight, padWidth);
        var source = Own(x);
        return Make(shape, own.Type, () =>
        {
            var input = source.Native.to(Scalars(own.Type));
            if (own.IsPointwise && padTimeBefore + padHeight + padWidth == 0)
            {
                return F.linear(input, own.Weight.view(own.OutChannels, own.InChannels), own.Bias);
            }

            // Pairs from the last axis on: channels, width, height, time.
            var padded = padTimeBefore == 0 ? input : F.pad(input, [0, 0, 0, 0, 0, 0, padTimeBefore, 0]);
            return F.conv3d(padded.permute(0, 4, 1, 2, 3), own.Weight.permute(0, 4, 1, 2, 3), own.Bias, padding: [0, padHeight, padWidth]).permute(0, 2, 3, 4, 1);
        });
    }

    /// <summary>(B, L, H, D) and (B, H, L, D): the same exchange both ways.</summary>
    private static Native HeadsFirst(Native x) => x.permute(0, 2, 1, 3);

    /// <summary>Keys or values up to the common length, seen once by every item.</summary>
    private static Native Shared(TorchTensor x, int items, int length)
    {
        var used = length < x.Shape[1] ? x.Native.narrow(1, 0, length) : x.Native;
        return x.Shape[0] == items ? used : used.expand(items, length, x.Shape[2], x.Shape[3]);
    }

    /// <summary>What is added to the logits: (1 or B, 1 or H, 1 or Lq, Lk); null for nothing.</summary>
    private Native? Mask(TorchTensor? bias, KeyLengths lengths, Torch.ScalarType type)
    {
        var added = bias?.Native.narrow(2, 0, lengths.Common).to(type).unsqueeze(0);
        if (lengths.PerItem is not { } perItem)
        {
            return added;
        }

        using Scalar end = lengths.Common;
        using Scalar lowest = Lowest(type);
        var beyond = Torch.arange(end, Torch.ScalarType.Int64, _device).ge(Index(perItem).view(-1, 1, 1, 1));
        return (added ?? Torch.zeros([1, 1, 1, lengths.Common], type, _device)).masked_fill(beyond, lowest);
    }

    /// <summary>The lowest finite value: a row without any key then averages them all, as float32 does.</summary>
    private static double Lowest(Torch.ScalarType type) => type switch
    {
        Torch.ScalarType.Float16 => -65504,
        Torch.ScalarType.BFloat16 => -3.3895313892515355e38,
        _ => float.MinValue,
    };

    /// <summary>Of a result that is ours alone, which it may change.</summary>
    private static Native Activated(Native fresh, Activation activation) => activation switch
    {
        Activation.Silu => fresh.silu_(),
        Activation.GeluTanh => GeluTanh.Of(fresh),
        _ => fresh,
    };

    /// <summary>Keys that count. Where all items have as many, the others are cut off and no mask is needed, which the fastest kernels do not take.</summary>
    /// <param name="Common">Keys that are looked at.</param>
    /// <param name="PerItem">Keys of each item where they differ or there are none; null when all use <paramref name="Common"/>.</param>
    private readonly record struct KeyLengths(int Common, long[]? PerItem)
    {
        public static KeyLengths Of(ReadOnlySpan<int> lengths, int keys)
        {
            if (lengths.IsEmpty)
            {
                return new KeyLengths(keys, null);
            }

            if (lengths[0] > 0 && !lengths.ContainsAnyExcept(lengths[0]))
            {
                return new KeyLengths(lengths[0], null);
            }

            var perItem = new long[lengths.Length];
            for (var i = 0; i < perItem.Length; i++)
            {
                perItem[i] = lengths[i];
            }

            return new KeyLengths(keys, perItem);
        }
    }
}

using LoadLab.Model.TextEncoder;

namespace LoadLab.Model.Verify;

/// <summary>umt5-*: hidden states of padded batches with and without their mask, and the trimmed contexts, also encoded without padding.</summary>
internal static class UmT5Check
{
    private const int MaxLength = 4096;

    public static void Run(GoldenCase golden)
    {
        using var encoder = new UmT5Encoder(golden.Backend, GoldenNetworks.TextEncoder(golden.Config), golden.Weights());
        var shape = golden.InputShape("ids", 2);
        if (!golden.InputShape("mask", 2).SequenceEqual(shape) || shape[1] > MaxLength)
        {
            throw new FormatException($"inputs/ids and inputs/mask must have the same shape, at most {MaxLength} tokens long");
        }

        var ids = Array.ConvertAll(golden.IntegerInput("ids"), id => checked((int)id));
        var mask = golden.IntegerInput("mask");
        var row = 0;

        // The reference adds one bias to all rows of its batch.
        var probe = new MidProbe(golden, (name, values, _) => name == UmT5Encoder.PositionBiasProbe && row > 0 ? [] : values);
        List<float> masked = [];
        List<float> unmasked = [];
        for (; row < shape[0]; row++)
        {
            var rowIds = ids.AsSpan(row * shape[1], shape[1]);
            var rowMask = mask.AsSpan(row * shape[1], shape[1]);
            masked.AddRange(Hidden(golden, encoder, rowIds, rowMask, probe));
            unmasked.AddRange(Hidden(golden, encoder, rowIds, [], null));
            var length = TokenMask.Length(rowMask);
            golden.Output($"context_{row}", encoder.EncodeToHost(rowIds[..length]));
        }

        probe.Compare();
        golden.Output("hidden", [.. masked]);
        golden.Output("hidden_no_mask", [.. unmasked]);
    }

    private static float[] Hidden(GoldenCase golden, UmT5Encoder encoder, ReadOnlySpan<int> ids, ReadOnlySpan<long> mask, IProbe? probe)
    {
        using var hidden = encoder.Encode(ids, mask, probe);
        var values = new float[hidden.Shape.Count];
        golden.Backend.ToHost(hidden, values);
        return values;
    }
}

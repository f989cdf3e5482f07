namespace LoadLab.Model.Diffusion;

/// <summary>
/// Between latents [C, T, H, W] and token rows. Tokens are ordered frame, row, column. An input row is ordered channel, then patch-t, patch-h, patch-w;
/// an output row is the opposite: patch-t, patch-h, patch-w, then channel.
/// </summary>
internal static class LatentPatches
{
    /// <summary>One latent to rows (L, C * patch volume).</summary>
    public static void ToTokens(ReadOnlySpan<float> latent, Span<float> rows, LatentGrid grid, DitConfig config)
    {
        var volume = config.PatchVolume;
        var position = 0;
        for (var c = 0; c < config.InChannels; c++)
        {
            for (var t = 0; t < grid.Frames; t++)
            {
                for (var h = 0; h < grid.Height; h++)
                {
                    var (token, inside) = Locate(t, h, grid, config);
                    for (var w = 0; w < grid.Width; w += config.PatchWidth, token++)
                    {
                        var row = rows.Slice((token * config.InChannels * volume) + (c * volume) + inside, config.PatchWidth);
                        latent.Slice(position, config.PatchWidth).CopyTo(row);
                        position += config.PatchWidth;
                    }
                }
            }
        }
    }

    /// <summary>Rows (L, patch volume * Cout) to one latent.</summary>
    public static void FromTokens(ReadOnlySpan<float> rows, Span<float> latent, LatentGrid grid, DitConfig config)
    {
        var rowLength = config.PatchVolume * config.OutChannels;
        var position = 0;
        for (var c = 0; c < config.OutChannels; c++)
        {
            for (var t = 0; t < grid.Frames; t++)
            {
                for (var h = 0; h < grid.Height; h++)
                {
                    var (token, inside) = Locate(t, h, grid, config);
                    for (var w = 0; w < grid.Width; w += config.PatchWidth, token++)
                    {
                        for (var i = 0; i < config.PatchWidth; i++)
                        {
                            latent[position++] = rows[(token * rowLength) + ((inside + i) * config.OutChannels) + c];
                        }
                    }
                }
            }
        }
    }

    // The token of a latent row's first column, and the first place of that row inside its patch.
    private static (int Token, int Inside) Locate(int t, int h, LatentGrid grid, DitConfig config)
    {
        var (pt, ph, pw) = (config.PatchFrames, config.PatchHeight, config.PatchWidth);
        var token = ((t / pt * (grid.Height / ph)) + (h / ph)) * (grid.Width / pw);
        var inside = (((t % pt) * ph) + (h % ph)) * pw;
        return (token, inside);
    }
}

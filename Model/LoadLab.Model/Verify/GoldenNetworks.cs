using LoadLab.Model.Diffusion;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Verify;

/// <summary>Network dimensions from the reference's own configuration keys.</summary>
internal static class GoldenNetworks
{
    public static DitConfig Transformer(GoldenConfig config)
    {
        var patch = config.Ints("patch_size");
        if (patch.Length != 3 || !config.IsTrue("qk_norm") || !config.IsTrue("cross_attn_norm"))
        {
            throw new FormatException("only transformers with a 3-D patch, qk_norm and cross_attn_norm are built");
        }

        if (config.Has("model_type") && config["model_type"].Text is not ("t2v" or "ti2v"))
        {
            throw new FormatException($"'model_type' is {config["model_type"].Text}; only t2v and ti2v, from text, are built");
        }

        return new DitConfig
        {
            Dim = config.Int("dim"),
            FfnDim = config.Int("ffn_dim"),
            Heads = config.Int("num_heads"),
            Layers = config.Layers("num_layers"),
            InChannels = config.Int("in_dim"),
            OutChannels = config.Int("out_dim"),
            TextDim = config.Int("text_dim"),
            TextLength = config.Int("text_len"),
            FreqDim = config.Int("freq_dim"),
            PatchFrames = patch[0],
            PatchHeight = patch[1],
            PatchWidth = patch[2],
            Epsilon = (float)config["eps"].Number,
        };
    }

    public static UmT5Config TextEncoder(GoldenConfig config)
    {
        return config.IsTrue("shared_pos")
            ? throw new FormatException("only encoders with a position table per layer are built")
            : new UmT5Config(
                config.Int("vocab"),
                config.Int("dim"),
                config.Int("dim_attn"),
                config.Int("dim_ffn"),
                config.Int("num_heads"),
                config.Layers("num_layers"),
                config.Int("num_buckets"));
    }

    public static VaeConfig Vae(GoldenConfig config)
    {
        if (config.Has("attn_scales") && config["attn_scales"].Items.Any())
        {
            throw new FormatException("'attn_scales' is not empty; only VAEs with attention in the middle alone are built");
        }

        var isWan22 = config.Has("dec_dim");
        return new VaeConfig
        {
            Version = isWan22 ? VaeVersion.Wan22 : VaeVersion.Wan21,
            BaseDim = config.Int(isWan22 ? "dec_dim" : "dim"),
            LatentChannels = config.Int("z_dim"),
            Multipliers = config.Ints("dim_mult"),
            ResidualBlocks = config.Layers("num_res_blocks"),
            TemporalDownsample = config.Flags("temperal_downsample"),
        };
    }

    public static VaeDecoder OpenVae(GoldenCase golden, GoldenConfig config, string weightPrefix)
    {
        var statistics = new LatentStatistics(golden.Input("latents_mean"), golden.Input("latents_std"));
        var vae = Vae(config);
        return statistics.Mean.Count == vae.LatentChannels && statistics.Deviation.Count == vae.LatentChannels
            ? new VaeDecoder(golden.Backend, vae, statistics, golden.Weights(weightPrefix))
            : throw new FormatException($"latents_mean and latents_std must have {vae.LatentChannels} values");
    }
}

using LoadLab.Model.Diffusion;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Verify;

/// <summary>pipeline-*: ids to text, guided denoising with one transformer or two, decoding, bytes.</summary>
internal static class PipelineCheck
{
    private const int MaxSteps = 10_000;

    public static void Run(GoldenCase golden)
    {
        var latent = Denoise(golden);
        golden.Output("latent", latent);
        using var decoder = GoldenNetworks.OpenVae(golden, golden.Config["vae"], "vae/");
        var shape = golden.InputShape("noise", 4);
        var video = VaeCheck.Clamp(VaeCheck.Decode(decoder, latent, shape, null));
        golden.Output("video", video);
        golden.Output("frames_u8", Bytes(video));
    }

    private static float[] Denoise(GoldenCase golden)
    {
        var config = golden.Config;
        var (positive, negative) = Contexts(golden);
        var schedule = NoiseSchedule.Create(Solver(config["solver"].Text), config["steps"].Bounded("steps", MaxSteps), config["shift"].Number);
        golden.Mid("sigmas", schedule.Sigmas);
        golden.Mid("timesteps", Array.ConvertAll(schedule.Timesteps, t => (long)t));
        var shape = golden.InputShape("noise", 4);
        golden.Stated("latent", shape);
        var scales = config["guide_scale"];
        float[] guidance = scales.IsArray ? [.. scales.Items.Select(scale => (float)scale.Number)] : [(float)scales.Number];
        var item = new DenoiseItem(positive, negative, guidance, golden.Input("noise"), FlowSolver.Create(Solver(config["solver"].Text), schedule));
        var transformer = GoldenNetworks.Transformer(config["dit"]);
        if (shape[0] != transformer.InChannels || transformer.OutChannels != transformer.InChannels)
        {
            throw new FormatException($"noise of {shape[0]} channels for a transformer {transformer.InChannels} to {transformer.OutChannels}");
        }

        var hasTwo = config.Has("boundary");
        using var high = new DitModel(golden.Backend, transformer, golden.Weights(hasTwo ? "high/" : "dit/"));
        using var low = hasTwo ? new DitModel(golden.Backend, transformer, golden.Weights("low/")) : null;
        var experts = new DitExperts(high, low, hasTwo ? config["boundary"].Number : 0);
        CheckExperts(golden, experts, schedule, hasTwo);
        using var denoiser = new Denoiser(experts, new LatentGrid(shape[1], shape[2], shape[3]), schedule, [item]);
        Walk(golden, denoiser, item);
        return item.Latent;
    }

    private static void CheckExperts(GoldenCase golden, DitExperts experts, NoiseSchedule schedule, bool hasTwo)
    {
        string[] used = [.. schedule.Timesteps.Take(schedule.Steps).Select(t => !hasTwo ? "dit" : experts.At((float)t).GuidanceIndex == 1 ? "high" : "low")];
        if (golden.Config.Has("experts_used") && !golden.Config["experts_used"].Items.Select(item => item.Text).SequenceEqual(used))
        {
            golden.Fail($"'experts_used' in the configuration differs from {string.Join(", ", used)}");
        }
    }

    private static void Walk(GoldenCase golden, Denoiser denoiser, DenoiseItem item)
    {
        List<float> latents = [.. item.Latent];
        List<float> velocities = [];
        while (!denoiser.IsDone)
        {
            denoiser.Step((_, velocity) => velocities.AddRange(velocity));
            latents.AddRange(item.Latent);
        }

        golden.Mid("latents", [.. latents]);
        golden.Mid("velocity_cfg", [.. velocities]);
    }

    private static (float[] Positive, float[] Negative) Contexts(GoldenCase golden)
    {
        using var encoder = new UmT5Encoder(golden.Backend, GoldenNetworks.TextEncoder(golden.Config["text_encoder"]), golden.Weights("text_encoder/"));
        return (Context(golden, encoder, "cond"), Context(golden, encoder, "uncond"));
    }

    private static float[] Context(GoldenCase golden, UmT5Encoder encoder, string which)
    {
        var ids = TokenMask.RealTokens(golden.IntegerInput($"ids_{which}"), golden.IntegerInput($"mask_{which}"));
        var context = encoder.EncodeToHost(ids);
        golden.Mid($"context_{which}", context);
        return context;
    }

    private static SolverKind Solver(string name) => name switch
    {
        "unipc" => SolverKind.UniPc,
        "dpm++" or "dpmpp" => SolverKind.DpmPlusPlus,
        "euler" => SolverKind.Euler,
        _ => throw new FormatException($"solver '{name}' is unknown"),
    };

    // [3, F, H, W] to bytes [F, H, W, 3].
    private static byte[] Bytes(float[] video)
    {
        var area = video.Length / 3;
        var interleaved = new float[video.Length];
        for (var i = 0; i < video.Length; i++)
        {
            interleaved[(i % area * 3) + (i / area)] = video[i];
        }

        var bytes = new byte[video.Length];
        Pixels.ToBytes(interleaved, bytes);
        return bytes;
    }
}

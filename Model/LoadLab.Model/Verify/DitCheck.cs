using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;
using LoadLab.Tensors;

namespace LoadLab.Model.Verify;

/// <summary>dit-*: velocities of one latent for two contexts, guided and not, with one timestep or one per token.</summary>
internal static class DitCheck
{
    public static void Run(GoldenCase golden)
    {
        using var model = new DitModel(golden.Backend, GoldenNetworks.Transformer(golden.Config), golden.Weights());
        RunWith(golden, model, "t", suffix: "", probed: true);
        if (golden.HasInput("t_uniform"))
        {
            RunWith(golden, model, "t_uniform", suffix: "_t_uniform", probed: false);
        }
    }

    private static void RunWith(GoldenCase golden, DitModel model, string timeName, string suffix, bool probed)
    {
        var shape = golden.InputShape("x", 4);
        if (shape[0] != model.Config.InChannels)
        {
            throw new FormatException($"tensor 'inputs/x' has {shape[0]} channels, the configuration {model.Config.InChannels}");
        }

        var grid = new LatentGrid(shape[1], shape[2], shape[3]);
        var patches = grid.Patches(model.Config);
        var times = golden.Input(timeName);
        var timesteps = Timesteps(times, patches.Positions);
        golden.Stated("latent", shape);
        golden.Stated("grid", patches.Frames, patches.Height, patches.Width);
        CheckTimes(golden, times, patches.Positions);
        var probe = probed ? new MidProbe(golden, (name, values, extents) => PerToken(name, values, extents, timesteps, grid.Patches(model.Config).Positions)) : null;
        var positive = Velocity(golden, model, grid, "context_cond", timesteps, probe);
        probe?.Compare();
        golden.Output($"velocity_cond{suffix}", positive);
        var negative = Velocity(golden, model, grid, "context_uncond", timesteps, null);
        golden.Output($"velocity_uncond{suffix}", negative);
        Guidance.Apply(positive, negative, (float)golden.Config["guide_scale"].Number);
        golden.Output($"velocity_cfg{suffix}", positive);
        if (probed)
        {
            CompareSinusoid(golden, timesteps, model.Config, grid);
        }
    }

    private static float[] Velocity(GoldenCase golden, DitModel model, LatentGrid grid, string context, TokenTimesteps timesteps, IProbe? probe)
    {
        using var session = model.Open(grid, [golden.Input(context)], probe);
        return model.Forward(session, golden.Input("x"), timesteps, probe);
    }

    // The sequence may be longer than the tokens; a timestep per token covers it whole. Tokens of a conditioning frame have another timestep than the stated one.
    private static void CheckTimes(GoldenCase golden, float[] times, int tokens)
    {
        if (golden.Config.Has("seq_len"))
        {
            golden.Stated("seq_len", times.Length > 1 ? times.Length : Math.Max(tokens, golden.Config.Int("seq_len")));
        }

        if (golden.Config.Has("timestep") && !times.Contains((float)golden.Config["timestep"].Number))
        {
            golden.Fail($"'timestep' in the configuration is {golden.Config["timestep"].Number}, which is the timestep of no token");
        }
    }

    // A longer vector pads the sequence for parallel splitting; those tokens are dropped by the network.
    private static TokenTimesteps Timesteps(float[] values, int tokens) => values.Length switch
    {
        1 => TokenTimesteps.Common(values[0]),
        _ when values.Length >= tokens => TokenTimesteps.PerToken(values.AsSpan(0, tokens)),
        _ => throw new FormatException($"{values.Length} timesteps for {tokens} tokens"),
    };

    // The reference evaluates the time path per token; here it is one row per distinct timestep.
    private static float[] PerToken(string name, float[] values, Shape shape, TokenTimesteps timesteps, int tokens)
    {
        return name is "time_embed" or "time_proj" ? Spread(values, shape[-1], timesteps, tokens) : values;
    }

    private static float[] Spread(float[] rows, int width, TokenTimesteps timesteps, int tokens)
    {
        return [.. Enumerable.Range(0, tokens)
            .Select(token => timesteps.RowIndex.Length == 0 ? 0 : timesteps.RowIndex[token])
            .SelectMany(row => rows.AsSpan(row * width, width).ToArray())];
    }

    private static void CompareSinusoid(GoldenCase golden, TokenTimesteps timesteps, DitConfig config, LatentGrid grid) =>
        golden.Mid("time_sinusoid", Spread(timesteps.Sinusoid(config.FreqDim), config.FreqDim, timesteps, grid.Patches(config).Positions));
}

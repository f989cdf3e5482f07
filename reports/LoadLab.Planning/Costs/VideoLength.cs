using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>How long a clip plays, by its model's own frame rate (sample_fps of the published configurations).</summary>
internal static class VideoLength
{
    private static readonly (string Prefix, double FramesPerSecond)[] s_models = [("wan2.2-ti2v-5b", 24), ("wan2.2-t2v-a14b", 16), ("wan2.2-i2v-a14b", 16), ("wan2.1-", 16)];

    /// <summary>Null for a model whose frame rate is not known.</summary>
    public static double? Seconds(CallRecord call)
    {
        var model = call.ServedModel.Length > 0 ? call.ServedModel : call.Model;
        foreach (var (prefix, rate) in s_models)
        {
            if (model.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return call.Frames / rate;
            }
        }

        return null;
    }
}

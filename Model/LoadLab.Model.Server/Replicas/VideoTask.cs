using LoadLab.Model.Pipeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>What a worker needs to make one clip.</summary>
/// <param name="Model">Which model.</param>
/// <param name="Shape">Tasks of one batch have the same.</param>
/// <param name="Job">Prompt, seed, guidance.</param>
/// <param name="FramesPerSecond">Of the clip's file.</param>
internal sealed record VideoTask(ModelId Model, JobShape Shape, VideoJob Job, int FramesPerSecond);

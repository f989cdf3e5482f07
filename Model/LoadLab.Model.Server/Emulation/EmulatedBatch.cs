using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;

namespace LoadLab.Model.Server.Emulation;

/// <summary>A started part of a batch on an emulated replica: when each of its points is reached, counted from its start.</summary>
internal sealed class EmulatedBatch(BatchId id, Stage stage, int fromStep, IReadOnlyList<JobId> jobs, IReadOnlyList<VideoTask> tasks, Fault fault)
{
    private const int PlaceholderSide = 16;
    private readonly int _fromStep = fromStep;
    private Duration _stepTime;

    public BatchId Id => id;

    public Stage Stage => stage;

    public IReadOnlyList<JobId> Jobs => jobs;

    public IReadOnlyList<VideoTask> Tasks => tasks;

    /// <summary>What goes wrong with it.</summary>
    public Fault Fault => fault;

    /// <summary>Why it does not fit into memory; null when it does.</summary>
    public string? TooLarge { get; set; }

    /// <summary>Jobs cancelled meanwhile.</summary>
    public HashSet<JobId> Gone { get; } = [];

    /// <summary>Told to stop at its next denoise step.</summary>
    public bool GivesWay { get; set; }

    /// <summary>On the system's monotonic clock, nanoseconds.</summary>
    public long Started { get; private set; }

    public Duration TextEnd { get; private set; }

    public Duration DenoiseEnd { get; private set; }

    public Duration End { get; private set; }

    /// <summary>Whether the profile says when text and denoising end.</summary>
    public bool IsSplit { get; private set; }

    public int Steps { get; } = tasks.Count > 0 ? tasks[0].Shape.Steps : 0;

    /// <summary>Denoise steps done, those of earlier starts included.</summary>
    public int StepsDone { get; set; } = fromStep;

    public Duration NextStepEnd => TextEnd + TimeOf(StepsDone + 1 - _fromStep);

    /// <summary>Memory runs out before the first step; any other fault strikes half-way through the steps.</summary>
    public bool IsFaultDue => TooLarge is not null || (fault != Fault.None && StepsDone >= (Steps + 1) / 2);

    /// <param name="now">Its start.</param>
    /// <param name="times">Of the whole batch.</param>
    /// <param name="encoded">Whether every prompt's encoding was kept: text then takes no time, as it does when the batch goes on from a step.</param>
    public void Begin(long now, StageEnds times, bool encoded)
    {
        Started = now;
        IsSplit = times.IsSplit;
        _stepTime = new Duration(times.Denoise.Nanoseconds / Math.Max(1, Steps));
        TextEnd = !encoded && _fromStep == 0 && stage is Stage.Whole or Stage.Text ? times.Text : Duration.Zero;
        DenoiseEnd = stage is Stage.Whole or Stage.Denoise ? TextEnd + TimeOf(Math.Max(0, Steps - _fromStep)) : TextEnd;
        End = stage is Stage.Whole or Stage.Decode ? DenoiseEnd + times.Decode : DenoiseEnd;
    }

    private Duration TimeOf(int steps) => new(_stepTime.Nanoseconds * steps);

    /// <summary>What is kept as an emulated clip: one small grey frame.</summary>
    public static VideoClip Placeholder(int framesPerSecond) =>
        new(PlaceholderSide, PlaceholderSide, 1, framesPerSecond, Enumerable.Repeat((byte)128, PlaceholderSide * PlaceholderSide * 3).ToArray());
}

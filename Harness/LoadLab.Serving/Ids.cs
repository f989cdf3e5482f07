namespace LoadLab.Serving;

/// <summary>A call as the server queued it; numbered in order of arrival.</summary>
public readonly record struct JobId(long Value);

/// <summary>A group of jobs that one replica runs together; numbered in order of dispatch.</summary>
public readonly record struct BatchId(long Value);

/// <summary>One replica over its whole life; a number is never used again.</summary>
public readonly record struct ReplicaId(int Value);

public readonly record struct TimerId(long Value);

/// <summary>A model by its catalogue name, for example wan2.2-ti2v-5b-nano.</summary>
public readonly record struct ModelId(string Name);

/// <summary>The kind of node a replica runs on, for example local or h100-sxm.</summary>
public readonly record struct ReplicaKind(string Name);

/// <summary>A part of a batch's work that can be started by itself.</summary>
public enum Stage
{
    Whole,
    Text,
    Denoise,
    Decode,
}

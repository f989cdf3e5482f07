using System.Text.Json.Serialization;
using LoadLab.Model.Server.Emulation;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas.Processes;

/// <summary>What a server says to a replica in another process, in order.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "say", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Load), "load")]
[JsonDerivedType(typeof(Unload), "unload")]
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Preempt), "preempt")]
[JsonDerivedType(typeof(Leave), "leave")]
[JsonDerivedType(typeof(Stop), "stop")]
internal abstract record ToReplica
{
    /// <summary>Always first: who the replica is.</summary>
    public sealed record Hello(int Replica, string Kind) : ToReplica;

    public sealed record Load(string Model) : ToReplica;

    public sealed record Unload(string Model) : ToReplica;

    public sealed record Start(long Batch, Stage Stage, int FromStep, Fault Fault, IReadOnlyList<WireTask> Jobs) : ToReplica;

    public sealed record Cancel(long Batch, long Job) : ToReplica;

    public sealed record Preempt(long Batch) : ToReplica;

    public sealed record Leave(string Cause) : ToReplica;

    public sealed record Stop : ToReplica;
}

/// <summary>What a replica in another process answers.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "say", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Took), "took")]
[JsonDerivedType(typeof(Loaded), "loaded")]
[JsonDerivedType(typeof(Unloaded), "unloaded")]
[JsonDerivedType(typeof(LoadFailed), "load-failed")]
[JsonDerivedType(typeof(StageDone), "stage-done")]
[JsonDerivedType(typeof(BatchDone), "batch-done")]
[JsonDerivedType(typeof(BatchFailed), "batch-failed")]
[JsonDerivedType(typeof(Checkpointed), "checkpointed")]
[JsonDerivedType(typeof(Memory), "memory")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(Clip), "clip")]
[JsonDerivedType(typeof(Lost), "lost")]
internal abstract record FromReplica
{
    public sealed record Ready(string Affinity) : FromReplica;

    /// <summary>Seconds that the cold load, or the ping of a loaded model, took; Loaded follows.</summary>
    public sealed record Took(string Model, double Seconds, bool Ping) : FromReplica;

    public sealed record Loaded(string Model) : FromReplica;

    public sealed record Unloaded(string Model) : FromReplica;

    public sealed record LoadFailed(string Model, string Cause) : FromReplica;

    public sealed record StageDone(long Batch, Stage Stage) : FromReplica;

    public sealed record BatchDone(long Batch) : FromReplica;

    public sealed record BatchFailed(long Batch, string Cause, string Detail) : FromReplica;

    public sealed record Checkpointed(long Batch, int Step) : FromReplica;

    public sealed record Memory(long FreeBytes, long LiveBytes, long PeakBytes, long CapacityBytes) : FromReplica;

    public sealed record Progress(long Job, int Steps) : FromReplica;

    /// <summary>The job's clip lies in the file that Start named.</summary>
    public sealed record Clip(long Job) : FromReplica;

    public sealed record Lost(string Cause) : FromReplica;
}

/// <summary>One job of a batch.</summary>
/// <param name="Job">Its number.</param>
/// <param name="Clip">Full path of the file to write its clip to.</param>
/// <param name="Task">What to make.</param>
internal sealed record WireTask(long Job, string Clip, VideoTask Task);

/// <summary>Strict: an unknown field, a missing one or a null where none may be is refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    UseStringEnumConverter = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(ToReplica))]
[JsonSerializable(typeof(FromReplica))]
internal sealed partial class ReplicaJson : JsonSerializerContext;

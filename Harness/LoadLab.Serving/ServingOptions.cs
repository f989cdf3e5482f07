using LoadLab.Core.Input;

namespace LoadLab.Serving;

/// <summary>How a server queues and runs its jobs; the scenario's key <c>serving</c>.</summary>
public sealed record ServingOptions
{
    /// <summary>The model that replicas load when <see cref="Preload"/> is set; from <c>target.model</c>.</summary>
    public ModelId Model { get; init; } = new("");

    /// <summary>The kind of replica to provision.</summary>
    public ReplicaKind Kind { get; init; } = new("local");

    /// <summary>Whether a replica loads the model as soon as it is ready rather than for its first job.</summary>
    /// <value>true.</value>
    public bool Preload { get; init; } = true;

    /// <summary>Jobs that may wait; one more is refused with 429.</summary>
    /// <value>1000.</value>
    public int QueueLimit { get; init; } = 1000;

    /// <summary>Binds <c>serving</c>, and the model's name from <c>target.model</c>. Problems are added to the section's list.</summary>
    public static ServingOptions Bind(Section root)
    {
        var options = new ServingOptions();
        if (root.Find("target") is MappingNode target && target.Find("model") is ScalarNode model)
        {
            options = options with { Model = new ModelId(model.Text) };
        }

        if (root.Child("serving") is not { } serving)
        {
            return options;
        }

        options = options with
        {
            Preload = serving.Flag("preload", options.Preload),
            QueueLimit = serving.Integer("queueLimit", options.QueueLimit, 0, 10_000_000),
        };
        serving.Close();
        return options;
    }
}

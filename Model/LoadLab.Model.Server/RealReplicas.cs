namespace LoadLab.Model.Server;

/// <summary>Real replicas beside emulated ones.</summary>
/// <param name="Model">Catalogue name; served by nobody else, so that a clip's model says whether it is real.</param>
/// <param name="Replicas">How many; always so many.</param>
/// <param name="InChildren">Whether each is a process of its own.</param>
public sealed record RealReplicas(string Model, int Replicas = 1, bool InChildren = false);

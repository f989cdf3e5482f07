namespace LoadLab.Model.Server.Http;

/// <param name="Status">ready, loading or failed.</param>
/// <param name="Model">Its name.</param>
/// <param name="ModelLoaded">Whether its weights are in memory.</param>
/// <param name="Error">Why it could not be loaded.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Affinity">The processors they keep to, in words; empty before they exist.</param>
/// <param name="Weights">Where the weights come from; says so when they are random.</param>
internal sealed record ReadyDocument(string Status, string Model, bool ModelLoaded, string? Error, int Threads, string Affinity, string Weights);

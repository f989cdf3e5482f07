namespace LoadLab.Model.Server.Http;

/// <param name="Status">ready, loading or failed.</param>
/// <param name="Model">Its name.</param>
/// <param name="ModelLoaded">Whether its weights are in memory.</param>
/// <param name="Error">Why it could not be loaded.</param>
internal sealed record ReadyDocument(string Status, string Model, bool ModelLoaded, string? Error);

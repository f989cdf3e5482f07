namespace LoadLab.Model.Server.Metrics;

/// <summary>What does not change while the server runs.</summary>
/// <param name="Version">Of this program.</param>
/// <param name="Model">Name of the model served.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Weights">Where the weights come from; says so when they are random.</param>
internal sealed record ServerFacts(string Version, string Model, int Threads, string Weights);

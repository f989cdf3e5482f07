using LoadLab.Core;

namespace LoadLab.LoadProbe;

/// <summary>100 calls a second for 15 s; 20 ms of service; what arrives in t = 5..8 s is held until t = 8 s.</summary>
internal static class StallRule
{
    public const int Calls = 1500;
    public const double PerSecond = 100;
    private static readonly Duration s_service = Duration.FromMilliseconds(20);
    private static readonly Instant s_from = Instant.FromSeconds(5);
    private static readonly Instant s_until = Instant.FromSeconds(8);

    public static Instant Intended(int index) => Instant.FromSeconds(index / PerSecond);

    public static Instant AnswerTo(Instant arrival) =>
        arrival >= s_from && arrival < s_until ? Instant.Max(s_until, arrival + s_service) : arrival + s_service;

    /// <summary>What a client sees that sends every call on time over a connection without delay.</summary>
    public static IReadOnlyList<double> IdealSeconds { get; } =
        [.. Enumerable.Range(0, Calls).Select(i => (AnswerTo(Intended(i)) - Intended(i)).Seconds).Order()];
}

namespace LoadLab.Model.Server.Safety;

/// <summary>How the checker itself fares, which the core cannot see.</summary>
/// <param name="Queued">Contents that wait for a thread now.</param>
/// <param name="Stuck">Threads that are inside a check whose time has passed, now.</param>
/// <param name="Unserved">Contents never looked at: the queue was full, or their time had passed before their turn.</param>
/// <param name="Faults">Checks that threw.</param>
/// <param name="GivenUp">Checks that did not return in time.</param>
internal readonly record struct CheckerFigures(int Queued, int Stuck, long Unserved, long Faults, long GivenUp);

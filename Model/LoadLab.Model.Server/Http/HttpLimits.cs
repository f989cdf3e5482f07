namespace LoadLab.Model.Server.Http;

/// <summary>What clients may take of the server, one by one and all together. Past any of these a request is refused or its connection closed.</summary>
internal sealed record HttpLimits
{
    public long BodyBytes { get; init; } = 64 << 10;

    /// <summary>
    /// Of a body that is refused, read and thrown away, so that its client lives to see the answer: a connection closed upon unread bytes is reset. A body that says that it
    /// is longer is not read at all.
    /// </summary>
    public long ThrownAwayBytes { get; init; } = 4 << 20;

    /// <summary>All headers of a request.</summary>
    public int HeaderBytes { get; init; } = 16 << 10;

    public int RequestLineBytes { get; init; } = 4 << 10;

    /// <summary>Read ahead per connection, so that requests sent in a heap wait in the client's own buffers; at least the headers.</summary>
    public long ReadAheadBytes { get; init; } = 64 << 10;

    /// <summary>One more is closed as soon as it is accepted.</summary>
    public int Connections { get; init; } = 8192;

    /// <summary>Requests with <c>wait</c> that may be held at once; one more is answered 429. Half of the connections, so that polls never take them all.</summary>
    public int LongPolls { get; init; } = 4096;

    /// <summary>From a request's first byte to the end of its headers.</summary>
    public TimeSpan HeadersWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From the end of the headers to the end of the body.</summary>
    public TimeSpan BodyWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The least rate at which a client must send a body, once <see cref="RateGrace"/> is over.</summary>
    public double BodyBytesPerSecond { get; init; } = 1 << 10;

    /// <summary>
    /// The least rate at which a client must take answers, once <see cref="RateGrace"/> is over. It counts from what was handed to the system: a client that never
    /// reads is closed after (bytes of the system's buffers) / rate, four minutes for 4 MiB.
    /// </summary>
    public double AnswerBytesPerSecond { get; init; } = 16 << 10;

    /// <summary>More than 1 s, the rate's own clock.</summary>
    public TimeSpan RateGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may say nothing between requests: longer than the longest long poll, twice.</summary>
    public TimeSpan IdleFor { get; init; } = TimeSpan.FromSeconds(130);
}

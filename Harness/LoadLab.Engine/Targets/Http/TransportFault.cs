using System.Net.Sockets;
using System.Text.Json;
using LoadLab.Core;

namespace LoadLab.Engine.Targets.Http;

/// <summary>The service answered, but not with what the protocol says.</summary>
internal sealed class BadAnswerException : Exception;

/// <summary>The service sent more than a client is willing to read.</summary>
internal sealed class OversizedAnswerException : Exception;

/// <summary>The service named an address that is not its own.</summary>
internal sealed class ForeignAddressException : Exception;

/// <summary>The service sent a client elsewhere, or around in circles.</summary>
internal sealed class RedirectException : Exception;

/// <summary>Names what went wrong between client and service.</summary>
/// <param name="MayPass">Asking again may help: the answer itself was not at fault.</param>
internal sealed record TransportFault(Outcome Outcome, string Reason, bool MayPass)
{
    /// <summary>Null for anything a service cannot cause.</summary>
    public static TransportFault? Of(Exception exception) => exception switch
    {
        OversizedAnswerException => Answer("oversized-answer"),
        BadAnswerException or JsonException => Answer("bad-answer"),
        ForeignAddressException => Answer("foreign-address"),
        RedirectException => Answer("redirect"),
        ClientSocketsException or HttpRequestException { InnerException: ClientSocketsException } => Connection("client-sockets"),
        HttpRequestException request => OfError(request.HttpRequestError, request),
        HttpIOException body => OfError(body.HttpRequestError, body),
        OperationCanceledException { InnerException: TimeoutException } => new TransportFault(Outcome.TimedOut, "connect-timeout", MayPass: true),
        IOException or SocketException => Connection("connection-closed"),
        _ => null,
    };

    private static TransportFault OfError(HttpRequestError error, Exception exception) => error switch
    {
        HttpRequestError.NameResolutionError => Connection("name-resolution"),
        HttpRequestError.ConnectionError => OfSocket(exception),
        HttpRequestError.SecureConnectionError => Answer("tls"),
        HttpRequestError.ConfigurationLimitExceeded => Answer("oversized-answer"),
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError => Answer("bad-answer"),
        _ => Connection("connection-closed"),
    };

    private static TransportFault OfSocket(Exception exception) => Socket(exception) switch
    {
        SocketError.ConnectionRefused => Connection("connection-refused"),
        SocketError.TimedOut => new TransportFault(Outcome.TimedOut, "connect-timeout", MayPass: true),
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => Connection("name-resolution"),
        _ => Connection("connection-failed"),
    };

    private static SocketError? Socket(Exception? exception) => exception switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        _ => Socket(exception.InnerException),
    };

    private static TransportFault Answer(string reason) => new(Outcome.Failed, reason, MayPass: false);

    private static TransportFault Connection(string reason) => new(Outcome.Failed, reason, MayPass: true);
}

using System.Net;
using System.Text;

namespace LoadLab.Cli.Tests;

/// <summary>A service whose /metrics show what a test says of the calls seen so far. It answers every call at once, but for those whose answers the test holds back.</summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<int, string> _metrics;
    private readonly Func<int, Task> _hold;
    private readonly Task _serving;
    private int _calls;

    /// <param name="metrics">What /metrics say after so many calls.</param>
    /// <param name="hold">Ends when the call of that number, counted from 1, may be answered.</param>
    public ScriptedService(Func<int, string> metrics, Func<int, Task> hold)
    {
        (_metrics, _hold) = (metrics, hold);
        (_listener, Url) = Listen();
        _serving = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>Seen so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    /// <summary>At a free port: at another one when somebody has taken it between the look and the start.</summary>
    private static (HttpListener Listener, Uri Url) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            var url = new Uri($"http://127.0.0.1:{RealPrometheus.FreePort()}/");
            var listener = new HttpListener();
            listener.Prefixes.Add(url.ToString());
            try
            {
                listener.Start();
                return (listener, url);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close();
            }
        }
    }

    private async Task ServeAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                answers.Add(AnswerAsync(await _listener.GetContextAsync()));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test has ended.
        }

        await Task.WhenAll(answers);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var metrics = context.Request.Url!.AbsolutePath == "/metrics";
        if (context.Request.HttpMethod == "GET" && !metrics)
        {
            await _hold(Interlocked.Increment(ref _calls));
        }

        try
        {
            await WriteAsync(context, metrics);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Who asked has left, or the test has ended.
        }
    }

    private async Task WriteAsync(HttpListenerContext context, bool metrics)
    {
        var body = Encoding.UTF8.GetBytes(metrics ? _metrics(_calls) : "ok");
        context.Response.ContentType = "text/plain; version=0.0.4";
        context.Response.ContentLength64 = context.Request.HttpMethod == "HEAD" ? 0 : body.Length;
        if (context.Request.HttpMethod != "HEAD")
        {
            await context.Response.OutputStream.WriteAsync(body);
        }

        context.Response.Close();
    }
}

using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LoadLab.Model.Server.Http;

/// <summary>/healthz: alive. /readyz: a job sent now starts without waiting for a preload. /metrics: Prometheus text.</summary>
internal sealed class HealthEndpoints(ServerFacts facts, bool preload, JobHost jobs, LocalReplicaPool pool, MetricsPage metrics)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", (RequestDelegate)(http => http.Response.WriteAsync("ok\n", http.RequestAborted)));
        routes.MapGet("/readyz", (RequestDelegate)Ready);
        routes.MapGet("/metrics", (RequestDelegate)Metrics);
    }

    private Task Ready(HttpContext http)
    {
        var loaded = jobs.ModelLoaded;
        var error = jobs.LoadError;
        var ready = pool.Current is { IsReady: true, HasEnded: false } && (loaded || (!preload && error is null));
        return Answer.Ready(
            http,
            ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new ReadyDocument(ready ? "ready" : error is null ? "loading" : "failed", facts.Model, loaded, error, facts.Threads, pool.Current?.Affinity ?? "", facts.Weights));
    }

    private Task Metrics(HttpContext http)
    {
        http.Response.ContentType = PrometheusText.ContentType;
        return http.Response.WriteAsync(metrics.Write(), http.RequestAborted);
    }
}

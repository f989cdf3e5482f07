using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>Any address that answers GET (RFC 9110): the answer is the clip, when its time has come.</summary>
internal sealed class PlainStub : StubProtocol
{
    public override string Name => "plain";

    public override bool Blocks => true;

    public override string Path => "clip";

    internal override StubAct ActOf(string method, string path) => (method, path) switch
    {
        ("GET", "/clip") => StubAct.Submit,
        ("HEAD", _) => StubAct.Health,
        _ => StubAct.Other,
    };

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange)
    {
        if (exchange.Act == StubAct.Health)
        {
            return StubAnswer.Text("");
        }

        var job = exchange.Book.Submit(new StubAsked(), hex => hex);
        await HoldAsync(job, exchange.Gone);
        return (job.FailsWith is null ? StubAnswer.Video() : Error(500, job.FailsWith, "the clip could not be made")) with { Tells = job };
    }

    internal override StubAnswer Error(int status, string code, string message) => StubAnswer.Json(new JsonObject { ["title"] = message, ["status"] = status }, status);
}

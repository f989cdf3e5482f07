using System.Text.Json;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;
using LoadLab.Model.Server.Http;

namespace LoadLab.Model.Server.Tests;

public sealed class QualityRequestTests
{
    [Theory]
    [InlineData("""{"prompt":"a"}""", "", 160, 96, 9, 8)]
    [InlineData("""{"prompt":"a","quality":"preview"}""", "preview", 96, 64, 9, 4)]
    [InlineData("""{"prompt":"a","quality":"preview","size":"64x64","num_frames":17}""", "preview", 64, 64, 17, 4)]
    [InlineData("""{"prompt":"a","quality":"final"}""", "final", 160, 96, 9, 8)]
    [InlineData("""{"prompt":"a","quality":"distilled","num_inference_steps":5}""", "few-step", 160, 96, 9, 5)]
    public void A_level_fills_in_what_the_request_leaves_out(string body, string quality, int width, int height, int frames, int steps)
    {
        var request = Read(body, out var problems);
        Assert.Empty(problems);
        Assert.Equal((quality, width, height, frames, steps), (request!.Quality, request.Shape.Width, request.Shape.Height, request.Shape.Frames, request.Shape.Steps));
        Assert.Equal(quality == "few-step" ? SolverKind.Euler : null, request.Shape.Solver);
    }

    [Theory]
    [InlineData("""{"prompt":"a","quality":"preview","size":"160x96"}""", "size")]
    [InlineData("""{"prompt":"a","quality":"preview","num_inference_steps":8}""", "num_inference_steps")]
    [InlineData("""{"prompt":"a","quality":"final","size":"96x64"}""", "size")]
    [InlineData("""{"prompt":"a","quality":"distilled","guidance_scale":5}""", "guidance_scale")]
    public void What_the_level_rules_out_is_refused(string body, string field)
    {
        Assert.Null(Read(body, out var problems));
        Assert.Equal(field, Assert.Single(problems).Field);
    }

    private static VideoRequest? Read(string body, out IReadOnlyList<FieldProblem> problems)
    {
        var request = VideoRequest.Read(JsonDocument.Parse(body).RootElement, [new ServedModel(ModelCatalog.Ti2V5BNano)], blocking: false, out var bad);
        problems = bad?.Problems ?? [];
        return request;
    }
}

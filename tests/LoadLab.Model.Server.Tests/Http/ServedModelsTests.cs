using System.Text.Json;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Http;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>A request among several models: nano is the first, pico and a two-expert one beside it.</summary>
public sealed class ServedModelsTests
{
    private static readonly ServedModel[] s_models = [new(ModelCatalog.Ti2V5BNano), new(ModelCatalog.Ti2V5BPico), new(ModelCatalog.T2VA14BPico)];

    [Theory]
    [InlineData("""{"prompt":"a"}""", "wan2.2-ti2v-5b-nano")]
    [InlineData("""{"prompt":"a","model":null}""", "wan2.2-ti2v-5b-nano")]
    [InlineData("""{"prompt":"a","model":"wan2.2-ti2v-5b-pico"}""", "wan2.2-ti2v-5b-pico")]
    [InlineData("""{"prompt":"a","model":"wan2.2-t2v-a14b-pico"}""", "wan2.2-t2v-a14b-pico")]
    public void The_named_model_gives_the_defaults_and_the_first_one_serves_who_names_none(string json, string model)
    {
        var request = Read(json, out var bad)!;

        Assert.Null(bad);
        Assert.Equal(model, request.Model.Name);
        Assert.Equal(request.Model.Spec.Native, request.Shape);
    }

    [Fact]
    public void An_unknown_model_lists_those_that_are_served_and_no_shape_is_judged_by_another()
    {
        Read("""{"prompt":"a","model":"wan9","size":"17x17","seed":-1}""", out var bad);

        Assert.Equal(["model", "seed"], bad!.Problems.Select(problem => problem.Field));
        Assert.All(s_models, model => Assert.Contains(model.Name, bad.Problems[0].Fix, StringComparison.Ordinal));
        Assert.Null(bad.Model);
    }

    [Fact]
    public void A_shape_is_judged_by_the_model_that_was_chosen()
    {
        Assert.NotNull(Read("""{"prompt":"a","size":"512x512","num_frames":81}""", out _));
        Assert.Null(Read("""{"prompt":"a","model":"wan2.2-ti2v-5b-pico","size":"512x512","num_frames":81}""", out var bad));

        Assert.Equal(["size", "num_frames"], bad!.Problems.Select(problem => problem.Field));
        Assert.Equal("wan2.2-ti2v-5b-pico", bad.Model!.Name);
    }

    private static VideoRequest? Read(string json, out BadRequest? bad)
    {
        using var document = JsonDocument.Parse(json);
        return VideoRequest.Read(document.RootElement, s_models, blocking: false, out bad);
    }
}

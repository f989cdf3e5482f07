using LoadLab.Serving.Pipelining;

namespace LoadLab.Serving.Tests.Pipelining;

public class PipelineOptionsTests
{
    [Theory]
    [InlineData("preload: true", 0, 0, 0, false)]
    [InlineData("pipeline: {}", 1, 1, 1, true)]
    [InlineData("pipeline: { text: 1, denoise: 6, decode: 2 }", 1, 6, 2, true)]
    public void Replicas_of_each_stage_are_read(string serving, int text, int denoise, int decode, bool on)
    {
        var options = ServingKey.Good(serving, PipelineOptions.Bind);
        Assert.Equal((new PipelineOptions { Text = text, Denoise = denoise, Decode = decode }, on), (options, options.On));
    }

    [Fact]
    public void Stage_without_a_replica_is_refused() =>
        Assert.Equal(
            ["1 serving.pipeline.denoise is not a whole number from 1 to 10000", "1 serving.pipeline.vae is not a known field"],
            ServingKey.Bad("pipeline: { text: 1, denoise: 0, vae: 1 }", PipelineOptions.Bind));
}

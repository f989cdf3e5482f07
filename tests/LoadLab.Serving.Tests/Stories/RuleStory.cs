using LoadLab.Core;

namespace LoadLab.Serving.Tests.Stories;

/// <summary>Short words for the stories of the rules.</summary>
internal static class RuleStory
{
    public static ServingOptions Serving { get; } = new() { Model = new(Story.Model) };

    public static string[] Ask(this Story story, double seconds, int id, string tier, string tenant = "", string model = Story.Model, double? deadline = null, int frames = 9) =>
        story.At(seconds, new ServingEvent.Arrived(Story.View(id, seconds, model) with
        {
            Tier = tier,
            Tenant = tenant,
            Frames = frames,
            Deadline = deadline is { } at ? Instant.FromSeconds(at) : null,
        }));

    public static string[] Failed(this Story story, double seconds, int replica, int batch, string cause = "error") =>
        story.At(seconds, new ServingEvent.BatchFailed(new(replica), new(batch), cause, "as told"));

    public static string[] StageDone(this Story story, double seconds, int replica, int batch, Stage stage) =>
        story.At(seconds, new ServingEvent.StageDone(new(replica), new(batch), stage));
}

using System.Text.Encodings.Web;
using System.Text.Json;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// AIPerf's fixed schedule: a line of JSON a call with timestamp (milliseconds; AIPerf keeps time to the millisecond), text_input, and extra, whose fields AIPerf puts into the
/// body of the request. Deadline and patience have no place there.
/// </summary>
internal static class AiPerfSchedule
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream file, Schedule schedule)
    {
        using var json = new Utf8JsonWriter(file, s_options);
        foreach (var call in schedule.Calls)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", call.Intended.Nanoseconds / 1_000_000m);
            json.WriteString("text_input", schedule.PromptOf(call));
            json.WriteStartObject("extra");
            WriteExtra(json, call);
            json.WriteEndObject();
            json.WriteEndObject();
            json.Flush();
            file.WriteByte((byte)'\n');
            json.Reset();
        }
    }

    private static void WriteExtra(Utf8JsonWriter json, ScheduledCall call)
    {
        WriteText(json, "model", call.Model);
        WriteText(json, "user", call.Tenant);
        WriteText(json, "service_tier", call.Tier);
        WriteText(json, "size", call is { Width: > 0, Height: > 0 } ? $"{call.Width}x{call.Height}" : "");
        WriteCount(json, "num_frames", call.Frames);
        WriteCount(json, "num_inference_steps", call.Steps);
        if (call.Guidance is { } guidance)
        {
            json.WriteNumber("guidance_scale", guidance);
        }

        json.WriteNumber("seed", call.CallSeed);
    }

    private static void WriteText(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteCount(Utf8JsonWriter json, string name, int value)
    {
        if (value > 0)
        {
            json.WriteNumber(name, value);
        }
    }
}

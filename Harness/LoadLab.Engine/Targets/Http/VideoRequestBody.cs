using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Targets.Http;

/// <summary>The JSON body that asks for a clip. What the schedule leaves open is left out, so that the service's own default holds.</summary>
internal static class VideoRequestBody
{
    public static byte[] Of(ScheduledCall call, string prompt, string defaultModel)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (prompt.Length * 2));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("prompt"u8, prompt);
            WriteText(json, "model"u8, call.Model.Length > 0 ? call.Model : defaultModel);
            if (call.Width > 0 && call.Height > 0)
            {
                json.WriteString("size"u8, string.Create(CultureInfo.InvariantCulture, $"{call.Width}x{call.Height}"));
            }

            WriteCount(json, "num_frames"u8, call.Frames);
            WriteCount(json, "num_inference_steps"u8, call.Steps);
            if (call.Guidance is { } guidance)
            {
                json.WriteNumber("guidance_scale"u8, guidance);
            }

            WriteText(json, "quality"u8, call.Quality);

            // Services take seeds from 0 on.
            json.WriteNumber("seed"u8, call.CallSeed & long.MaxValue);
            WriteText(json, "user"u8, call.Tenant);
            WriteText(json, "service_tier"u8, call.Tier);
            if (call.Deadline is { } deadline)
            {
                json.WriteNumber("deadline_ms"u8, deadline.Milliseconds);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteCount(Utf8JsonWriter json, ReadOnlySpan<byte> name, int count)
    {
        if (count > 0)
        {
            json.WriteNumber(name, count);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Profiles;

/// <summary>Reads and writes a profile's JSON. Strict: an unknown field is refused by name, and every value out of range is told at once.</summary>
public static class ProfileFile
{
    public const int MaxBytes = 16 << 20;

    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        TypeInfoResolver = ProfileJson.Default,
    };

    private static readonly JsonTypeInfo<ServiceProfile> s_profile = (JsonTypeInfo<ServiceProfile>)s_options.GetTypeInfo(typeof(ServiceProfile));

    /// <summary>Throws <see cref="InputException"/> with every problem found.</summary>
    public static ServiceProfile Read(string path)
    {
        byte[] bytes;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaxBytes)
            {
                throw new InputException(new Problem(path, 0, "", null, $"has {stream.Length} bytes", $"a profile may have at most {MaxBytes}"));
            }

            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(new Problem(path, 0, "", null, "cannot be read", e.Message));
        }

        return Parse(bytes, path);
    }

    /// <param name="json">UTF-8.</param>
    /// <param name="file">Name for messages.</param>
    public static ServiceProfile Parse(ReadOnlySpan<byte> json, string file)
    {
        ServiceProfile profile;
        try
        {
            profile = JsonSerializer.Deserialize(json, s_profile) ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw new InputException(new Problem(file, (int)(e.LineNumber ?? -1) + 1, e.Path?.TrimStart('$', '.') ?? "", null, "is not what a profile holds there", "a field is unknown, missing or of the wrong kind; compare with a shipped profile"));
        }

        if (profile.Services.Contains(null!) || profile.Laws.Contains(null!) || profile.Assumptions.Contains(null!) || profile.Runs.Contains(null!))
        {
            throw new InputException(new Problem(file, 0, "", "null", "is an item of a list", "leave it out"));
        }

        var problems = new Problems();
        new ProfileCheck(file, problems).Check(profile);
        problems.ThrowIfAny();
        return profile;
    }

    /// <summary>The bytes of the file: the same for the same profile.</summary>
    public static byte[] ToBytes(ServiceProfile profile) => [.. JsonSerializer.SerializeToUtf8Bytes(profile, s_profile), (byte)'\n'];

    public static void Write(string path, ServiceProfile profile)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        stream.Write(ToBytes(profile));
    }
}

/// <summary>Generated, so that a trimmed program keeps what it needs. Fields that a file may leave out have a setter: the generated reader would set an absent init property to zero.</summary>
[JsonSerializable(typeof(ServiceProfile))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ProfileJson : JsonSerializerContext;

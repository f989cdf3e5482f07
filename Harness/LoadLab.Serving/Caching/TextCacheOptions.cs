using LoadLab.Core.Input;

namespace LoadLab.Serving.Caching;

/// <summary>Text encodings kept by each replica; the scenario's key <c>serving.textCache</c>. The core does not see it: what it saves shows in the text stage.</summary>
public sealed record TextCacheOptions
{
    /// <summary>Bytes of encodings kept by one replica, the least recently used go first; 0 = no cache.</summary>
    public long Bytes { get; set; }

    /// <summary>Bytes of one encoding on an emulated or simulated replica; a real one counts its own.</summary>
    /// <value>512 rows x 4096 values x 2 bytes: umT5-XXL in bf16.</value>
    public long EntryBytes { get; set; } = 512L * 4096 * 2;

    /// <summary>Binds <c>textCache</c> of a serving section. Problems are added to the section's list.</summary>
    public static TextCacheOptions Bind(Section serving)
    {
        var options = new TextCacheOptions();
        if (serving.Child("textCache") is not { } section)
        {
            return options;
        }

        if (!section.Has("bytes"))
        {
            section.Missing("bytes", "64MiB");
        }

        options.Bytes = section.Bytes("bytes") ?? options.Bytes;
        var entryBytes = section.Value("entryBytes", Quantity.Bytes, bytes => bytes >= 1, "a number of bytes from 1", "4MiB");
        options.EntryBytes = entryBytes ?? options.EntryBytes;

        // Only a size that somebody wrote is held against them: a real replica counts its own, and a small model's are far below the default.
        if (options.Bytes > 0 && entryBytes > options.Bytes)
        {
            section.Problems.Add(section.Find("entryBytes")!, section.PathOf("entryBytes"), section.Text("entryBytes"), $"is more than bytes, {section.Text("bytes")}: nothing would ever be kept", "write more bytes");
        }

        section.Close();
        return options;
    }
}

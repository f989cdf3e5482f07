namespace LoadLab.Serving.Caching;

/// <summary>Text encodings kept by each replica; the scenario's key <c>serving.textCache</c>. The core does not see it: what it saves shows in the text stage.</summary>
public sealed record TextCacheOptions
{
    /// <summary>Bytes of encodings kept by one replica, the least recently used go first; 0 = no cache.</summary>
    public long Bytes { get; set; }

    /// <summary>Bytes of one encoding on an emulated or simulated replica; a real one counts its own.</summary>
    /// <value>512 rows x 4096 values x 2 bytes: umT5-XXL in bf16.</value>
    public long EntryBytes { get; set; } = 512L * 4096 * 2;
}

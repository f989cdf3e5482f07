using LoadLab.Serving.Caching;

namespace LoadLab.Serving.Tests.Caching;

public class TextCacheOptionsTests
{
    [Theory]
    [InlineData("preload: true", 0, 4L << 20)]
    [InlineData("textCache: { bytes: 64MiB }", 64L << 20, 4L << 20)]
    [InlineData("textCache: { bytes: 256KiB }", 256L << 10, 4L << 20)]
    [InlineData("textCache: { bytes: 64MiB, entryBytes: 1MiB }", 64L << 20, 1L << 20)]
    public void Bytes_are_read(string serving, long bytes, long entryBytes) =>
        Assert.Equal(new TextCacheOptions { Bytes = bytes, EntryBytes = entryBytes }, ServingKey.Good(serving, TextCacheOptions.Bind));

    [Theory]
    [InlineData("textCache: {}", "1 serving.textCache.bytes is missing")]
    [InlineData("textCache: { bytes: many }", "1 serving.textCache.bytes is not a number of bytes")]
    [InlineData("textCache: { bytes: 1MiB, entryBytes: 0B }", "1 serving.textCache.entryBytes is not a number of bytes from 1")]
    [InlineData("textCache: { bytes: 1MiB, entryBytes: 2MiB }", "1 serving.textCache.entryBytes is more than bytes, 1MiB: nothing would ever be kept")]
    [InlineData("textCache: { bytes: 1MiB, size: 2 }", "1 serving.textCache.size is not a known field")]
    public void What_makes_no_sense_is_refused(string serving, string problem) => Assert.Equal([problem], ServingKey.Bad(serving, TextCacheOptions.Bind));
}

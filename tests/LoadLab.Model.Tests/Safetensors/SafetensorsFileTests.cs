using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}""", "F99")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "larger than any file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,4],"data_offsets":[0,8]}}""", "larger than any file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "[8, 0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "do not lie")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "needs 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "[begin, end]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "shape is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}""", "extra")]
    [InlineData("""{"a":[1]}""", "must be an object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    public void Lying_entry_is_refused_by_file_and_tensor(string header, string says)
    {
        var refusal = Refusal(FileBytes.Of(header, 8));
        Assert.Equal(SafetensorsCheck.Entry, refusal.Check);
        Assert.Equal("a", refusal.Tensor);
        Assert.Contains("some.safetensors", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}}""", "hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", "cover 2 bytes")]
    public void Overlap_hole_and_rest_are_refused(string header, string says)
    {
        var refusal = Refusal(FileBytes.Of(header, 8));
        Assert.Equal(SafetensorsCheck.Layout, refusal.Check);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "'{'")]
    [InlineData("{\"a\":", "not valid JSON")]
    [InlineData("{} x", "not valid JSON")]
    [InlineData("{\"\\ud800\":{}}", "not valid JSON")]
    public void Broken_json_is_refused(string header, string says)
    {
        var refusal = Refusal(FileBytes.Of(header, 0));
        Assert.Equal(SafetensorsCheck.HeaderJson, refusal.Check);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 }, "3 bytes")]
    [InlineData(new byte[] { 50, 0, 0, 0, 0, 0, 0, 0, 123, 125 }, "only 2 bytes follow")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 }, "the limit is")]
    public void Impossible_header_length_is_refused(byte[] bytes, string says)
    {
        var refusal = Refusal(bytes);
        Assert.Equal(SafetensorsCheck.HeaderLength, refusal.Check);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refusing_a_header_that_claims_much_allocates_little()
    {
        var bytes = FileBytes.Of("""{"a":{"dtype":"F64","shape":[1000000000],"data_offsets":[0,8000000000]}}""", 8);
        Refusal(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refusal(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Values_of_every_read_type_are_converted()
    {
        byte[] data = [0, 0, 0x80, 0x3F, 0xC0, 0x3F, 0x00, 0x3E, .. BitConverter.GetBytes(2.5), .. BitConverter.GetBytes(-7L), .. BitConverter.GetBytes(9), 200, 1];
        using var file = SafetensorsFile.FromBytes(
            FileBytes.Of(
                """{"f32":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"bf16":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]},"f16":{"dtype":"F16","shape":[1],"data_offsets":[6,8]},"f64":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"i64":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},"i32":{"dtype":"I32","shape":[1],"data_offsets":[24,28]},"u8":{"dtype":"U8","shape":[1],"data_offsets":[28,29]},"bool":{"dtype":"BOOL","shape":[1],"data_offsets":[29,30]}}""",
                data),
            "types");
        (string, float)[] expected = [("f32", 1), ("bf16", 1.5f), ("f16", 1.5f), ("f64", 2.5f), ("i64", -7), ("i32", 9), ("u8", 200), ("bool", 1)];
        foreach (var (name, value) in expected)
        {
            var values = new float[1];
            file.ReadFloat32(file.Entries[name], values);
            Assert.Equal(value, values[0]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(67)]
    public void Bfloat16_of_any_length_is_the_upper_half_of_float32_and_the_first_value_that_is_not_finite_is_named(int count)
    {
        float[] values = [.. Enumerable.Range(0, count).Select(i => (i % 2 == 0 ? 1 : -1) * (1 + (i / 128f)))];
        for (var bad = 0; bad < count; bad++)
        {
            byte[] data = [.. values.SelectMany((value, i) => BitConverter.GetBytes(i == bad ? (ushort)0x7F80 : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))];
            using var file = SafetensorsFile.FromBytes(FileBytes.Of($$$"""{"w":{"dtype":"BF16","shape":[{{{count}}}],"data_offsets":[0,{{{2 * count}}}]}}""", data), "w");
            var read = new float[count];
            Assert.Contains($"at index {bad};", Assert.Throws<SafetensorsException>(() => file.ReadFinite(file.Entries["w"], read)).Message, StringComparison.Ordinal);
            read[bad] = values[bad];
            Assert.Equal(values, read);
        }
    }

    [Fact]
    public void Type_that_is_listed_but_not_read_is_refused_on_read()
    {
        using var file = SafetensorsFile.FromBytes(FileBytes.Of("""{"q":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}""", 2), "f8");
        var refusal = Assert.Throws<SafetensorsException>(() => file.ReadFloat32(file.Entries["q"], new float[2]));
        Assert.Contains("'q'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("F8_E4M3", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_refused_by_name()
    {
        var refusal = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open("/no/such/file.safetensors"));
        Assert.Contains("/no/such/file.safetensors", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Written_file_reads_back_with_its_metadata()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("w.safetensors");
        float[][] values = [[1, 2, 3, 4, 5, 6], [-1.5f]];
        SafetensorsWriter.Write(path, [("x", [2, 3]), ("scalar", [])], i => values[i], new Dictionary<string, string> { ["k"] = "v" });
        using var file = SafetensorsFile.Open(path);
        var read = new float[6];
        file.ReadFinite(file.Entries["x"], read);
        Assert.Equal(values[0], read);
        Assert.Equal([2, 3], file.Entries["x"].Shape);
        Assert.Empty(file.Entries["scalar"].Shape);
        Assert.Equal("v", file.Metadata["k"]);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    private static SafetensorsException Refusal(byte[] bytes) =>
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.FromBytes(bytes, "some.safetensors"));
}

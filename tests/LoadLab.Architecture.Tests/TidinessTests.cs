using System.Text;

namespace LoadLab.Architecture.Tests;

public sealed class TidinessTests
{
    private static readonly string[] s_folders = ["Harness", "Model", "Forecast", "reports", "Scenarios", "tests"];

    [Fact]
    public void Text_files_are_utf8_without_mark_and_end_lines_with_LF()
    {
        foreach (var file in Repository.Files("*.*", s_folders).Where(file => Path.GetExtension(file) is ".cs" or ".yaml" or ".json" or ".md" or ".csv" or ".txt"))
        {
            var bytes = File.ReadAllBytes(file);
            Assert.False(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble), $"{file} starts with a byte order mark");
            Assert.False(bytes.AsSpan().IndexOf("\r\n"u8) >= 0, $"{file} has CRLF");
        }
    }

    [Fact]
    public void Product_code_has_no_unfinished_marks()
    {
        foreach (var file in Repository.Files("*.cs", "Harness", "Model", "Forecast", "reports"))
        {
            var text = File.ReadAllText(file);
            Assert.All(["NotImplementedException", "TODO", "FIXME"], word => Assert.False(text.Contains(word, StringComparison.Ordinal), $"{file} holds {word}"));
        }
    }
}

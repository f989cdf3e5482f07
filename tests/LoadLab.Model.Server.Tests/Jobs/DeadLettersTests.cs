using LoadLab.Model.Server.Jobs;

namespace LoadLab.Model.Server.Tests.Jobs;

public sealed class DeadLettersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_is_in_the_file_as_soon_as_it_is_written()
    {
        using var letters = new DeadLetters(_folder.File("dead-letters.jsonl"), _ => { });
        Assert.False(File.Exists(letters.Path));

        letters.Write(new DeadLetter(1.5, 7, "größe \"7\"", "vip", "nano", 4, "error", "line\nbreak"));
        letters.Write(new DeadLetter(2, 8, "", "", "nano", 1, "replica-lost", new string('x', 10_000)));

        using var reader = new StreamReader(new FileStream(letters.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var rows = reader.ReadToEnd().Split('\n');
        Assert.Equal("""{"at_s":1.5,"job":7,"tenant":"gr\u00F6\u00DFe \u00227\u0022","tier":"vip","model":"nano","attempts":4,"reason":"error","detail":"line\nbreak"}""", rows[0]);
        Assert.InRange(rows[1].Length, 500, 700);
        Assert.Equal(3, rows.Length);
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_told_once_and_ends_nothing()
    {
        var said = new List<string>();
        using var letters = new DeadLetters(Path.Combine(_folder.File("missing"), "dead-letters.jsonl"), said.Add);

        letters.Write(new DeadLetter(1, 1, "", "", "nano", 1, "error", ""));
        letters.Write(new DeadLetter(2, 2, "", "", "nano", 1, "error", ""));

        Assert.True(letters.Broken);
        Assert.Contains("dead-letters.jsonl", Assert.Single(said), StringComparison.Ordinal);
    }
}

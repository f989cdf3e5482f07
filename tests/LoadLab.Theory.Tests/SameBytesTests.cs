using System.Security.Cryptography;
using System.Text;
using LoadLab.Core.Runs;

namespace LoadLab.Theory.Tests;

/// <summary>
/// Simulated runs, byte for byte: SHA-256 of decisions.jsonl and calls.csv of random fleets under all rules. The golden file makes builds comparable that no test can
/// build together, Debug and Release; scripts/same-bytes.sh plays it in both, on one thread and on two. LOADLAB_UPDATE_GOLDEN=1 rewrites it.
/// </summary>
public sealed class SameBytesTests
{
    private const int Fleets = 16;

    private static string Golden => Checkout.At("tests", "golden", "simulation", "same-bytes.txt");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Files_of_a_simulated_run_are_the_golden_bytes_on_any_number_of_threads(int threads)
    {
        var lines = new string[Fleets];
        Parallel.For(0, Fleets, new ParallelOptions { MaxDegreeOfParallelism = threads }, seed => lines[seed] = Line(seed));
        var text = string.Join("", lines.Select(line => line + "\n"));
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Golden)!);
            File.WriteAllText(Golden, text, new UTF8Encoding(false));
        }

        Assert.Equal(File.ReadAllText(Golden), text);
    }

    private static string Line(int seed)
    {
        var fleet = new RandomFleet((ulong)seed);
        using var journal = new MemoryStream();
        var result = fleet.Run(journal);
        var path = Path.GetTempFileName();
        try
        {
            File.Delete(path);
            using (var calls = new CallsWriter(path))
            {
                foreach (var call in result.Calls)
                {
                    calls.Write(call);
                }
            }

            return $"fleet {seed} decisions.jsonl {Hash(journal.ToArray())} calls.csv {Hash(File.ReadAllBytes(path))}";
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

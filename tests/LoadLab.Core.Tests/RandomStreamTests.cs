namespace LoadLab.Core.Tests;

public sealed class RandomStreamTests
{
    /// <summary>Also computed by a second implementation in another language; a change here changes every schedule ever recorded.</summary>
    [Theory]
    [InlineData("arrivals", "72a9e554c9c53c49 00663950cf74cc75 dbcd73d0ccf82359")]
    [InlineData("jobs", "0f8d8759a8317ff8 5eaf8bd88e8e68ab b7f5f2463f7420a5")]
    [InlineData("prompts", "9b0d2ca0dc4f3e1f 717ca87bfc992b6b d764bff2f36cd1fb")]
    public void Stream_of_seed_42_begins_with_its_golden_values(string name, string golden)
    {
        var stream = new Seed(42).Stream(name);
        Assert.Equal(golden, $"{stream.NextUInt64():x16} {stream.NextUInt64():x16} {stream.NextUInt64():x16}");
    }

    [Fact]
    public void Generator_agrees_with_the_published_algorithm()
    {
        // xoshiro256++ 1.0 (Blackman and Vigna) from state (1, 2, 3, 4): rotl(1 + 4, 23) + 1 = 41943041 first.
        var state = new ulong[] { 1, 2, 3, 4 };
        Assert.Equal([41943041UL, 58720359UL, 3588806011781223UL], Enumerable.Range(0, 3).Select(_ => Reference(state)));
        var seeded = Seeded(7);
        var stream = new RandomStream(new Seed(7));
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(Reference(seeded), stream.NextUInt64()));
    }

    [Fact]
    public void Streams_of_other_names_or_seeds_differ()
    {
        var first = new[] { new Seed(1).Stream("a"), new Seed(1).Stream("b"), new Seed(2).Stream("a"), new RandomStream(new Seed(1).Derive(0)), new RandomStream(new Seed(1).Derive(1)) }.Select(stream => stream.NextUInt64());
        Assert.Equal(5, first.Distinct().Count());
    }

    [Fact]
    public void Fnv1a_agrees_with_its_published_vectors()
    {
        Assert.Equal(0xcbf29ce484222325UL, Seed.Fnv1a(""));
        Assert.Equal(0xaf63dc4c8601ec8cUL, Seed.Fnv1a("a"));
        Assert.Equal(0x85944171f73967e8UL, Seed.Fnv1a("foobar"));
    }

    [Theory]
    [InlineData("uniform", 0.5, 1 / 12.0)]
    [InlineData("exponential", 1, 1)]
    [InlineData("normal", 0, 1)]
    [InlineData("gamma 0.4", 0.4, 0.4)]
    [InlineData("gamma 3", 3, 3)]
    public void Draws_have_the_mean_and_variance_of_their_law(string law, double mean, double variance)
    {
        var stream = new Seed(5).Stream(law);
        var draws = Enumerable.Range(0, 200_000).Select(_ => law switch
        {
            "uniform" => stream.NextDouble(),
            "exponential" => stream.NextExponential(),
            "normal" => stream.NextNormal(),
            "gamma 0.4" => stream.NextGamma(0.4),
            _ => stream.NextGamma(3),
        }).ToArray();
        var found = draws.Average();

        // Four standard errors of the mean; 5 % of the variance is above four of its for each of these laws.
        Assert.Equal(mean, found, 4 * Math.Sqrt(variance / draws.Length));
        Assert.Equal(variance, draws.Average(draw => (draw - found) * (draw - found)), 0.05 * variance);
    }

    [Fact]
    public void Integers_fill_their_range_evenly()
    {
        var stream = new Seed(6).Stream("integers");
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[stream.NextInt(7)]++;
        }

        // Four standard errors: 4 sqrt(10000 x 6 / 7) = 370.
        Assert.All(counts, count => Assert.InRange(count, 9630, 10_370));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextInt(0));
    }


    private static ulong[] Seeded(ulong seed)
    {
        var state = new ulong[4];
        for (var i = 0; i < 4; i++)
        {
            state[i] = Seed.SplitMix(i == 0 ? seed : state[i - 1]);
        }

        return state;
    }

    private static ulong Reference(ulong[] s)
    {
        var result = ulong.RotateLeft(s[0] + s[3], 23) + s[0];
        var t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = ulong.RotateLeft(s[3], 45);
        return result;
    }
}

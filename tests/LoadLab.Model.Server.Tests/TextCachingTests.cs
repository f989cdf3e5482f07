using System.Globalization;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

public sealed class TextCachingTests(SeededWeightsFolder weights) : IClassFixture<SeededWeightsFolder>
{
    private static readonly WanModelSpec s_model = ModelCatalog.Ti2V5BPico;
    private static readonly JobShape s_shape = s_model.Native with { Width = 32, Height = 32, Frames = 1, Steps = 1 };

    [Fact]
    public void A_clip_is_the_same_with_a_cache_and_its_second_run_encodes_nothing()
    {
        var bench = new BatchBench();
        var jobs = bench.Add(s_model, s_model.Native, new VideoJob("two cats", 1), new VideoJob("three dogs", 2) { NegativePrompt = "blurred" });
        using var plain = BatchBench.Worker(s_model, weights.Path);
        bench.Run(plain, new BatchId(0), Stage.Whole, jobs);
        var expected = jobs.Select(job => bench.Clips[job]).ToList();
        using var worker = BatchBench.Worker(s_model, weights.Path, textCacheBytes: 1 << 20);
        for (var run = 0; run < 2; run++)
        {
            var before = worker.Work;
            bench.Run(worker, new BatchId(0), Stage.Whole, jobs);
            Assert.Equal(run == 0 ? 4 : 0, worker.Work.TextEncodings - before.TextEncodings);
            Assert.Equal(expected, jobs.Select(job => bench.Clips[job]));
        }

        Assert.Equal((4, 4, 4), (worker.TextCache.Hits, worker.TextCache.Misses, worker.TextCache.Entries));
        Assert.InRange(worker.Memory.CacheBytes, 4 * 160, 1 << 20);
        Assert.Equal(plain.Memory.LiveBytes, worker.Memory.LiveBytes);
        worker.Unload(new ModelId(s_model.Name));
        Assert.Equal((0L, 0L), (worker.Memory.CacheBytes, worker.Memory.LiveBytes));
    }

    /// <summary>
    /// Mattson et al. 1970: with least recently used first out, a text is there exactly when the bytes of the texts used since its last use, its own included, are at most
    /// the cache's. One pass over the stream gives the hits of every size.
    /// </summary>
    [Theory]
    [InlineData(0.2)]
    [InlineData(0.6)]
    public void Hits_on_a_zipf_stream_are_those_of_the_stack_distances(double share)
    {
        var bench = new BatchBench();
        var prompts = Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"prompt {i} {string.Join(' ', Enumerable.Repeat("word", i * 7 % 23))}")).ToArray();
        var stream = Zipf(prompts.Length, 1.1, 300).Select(rank => prompts[rank]).ToArray();
        var bytes = SizesOf(bench, [.. prompts, ModelCatalog.DefaultNegativePrompt]);
        var capacity = (long)(share * bytes.Values.Sum());

        // Every job is guided by the model's own negative prompt, which is a text like any other.
        var expected = StackHits([.. stream.SelectMany(prompt => new[] { prompt, ModelCatalog.DefaultNegativePrompt })], bytes, capacity);
        using var worker = BatchBench.Worker(s_model, weights.Path, Stage.Text, textCacheBytes: capacity);
        var before = worker.Work;
        foreach (var (prompt, i) in stream.Select((prompt, i) => (prompt, i)))
        {
            Assert.Equal(StageEnd.More, bench.Run(worker, new BatchId(i), Stage.Text, bench.Add(s_model, s_shape, new VideoJob(prompt, 1))));
            bench.Kept.Clear();
            Assert.InRange(worker.Memory.CacheBytes, 1, capacity);
        }

        Assert.Equal(expected, worker.TextCache.Hits);
        Assert.Equal(600 - expected, worker.TextCache.Misses);
        Assert.Equal(600 - expected, worker.Work.TextEncodings - before.TextEncodings);
        Assert.InRange(expected, 350, 590);
        TestContext.Current.TestOutputHelper!.WriteLine($"cache of {capacity} bytes ({share:P0} of all texts): {expected} hits of 600");
    }

    /// <summary>Bytes by the length of the rows that an uncached worker makes.</summary>
    private Dictionary<string, long> SizesOf(BatchBench bench, string[] texts)
    {
        using var worker = BatchBench.Worker(s_model, weights.Path, Stage.Text);
        var sizes = new Dictionary<string, long>();
        foreach (var text in texts)
        {
            bench.Run(worker, new BatchId(0), Stage.Text, bench.Add(s_model, s_shape, new VideoJob(text, 1) { Guidance = 1 }));
            sizes.Add(text, TextCache.BytesOf(text, bench.Take(new BatchId(0), [])!.State.Jobs[0].Prompt!.Length));
        }

        return sizes;
    }

    private static int StackHits(string[] stream, Dictionary<string, long> bytes, long capacity)
    {
        var stack = new List<string>();
        var hits = 0;
        foreach (var text in stream)
        {
            var depth = stack.IndexOf(text);
            if (depth >= 0)
            {
                hits += stack.Take(depth + 1).Sum(other => bytes[other]) <= capacity ? 1 : 0;
                stack.RemoveAt(depth);
            }

            stack.Insert(0, text);
        }

        return hits;
    }

    private static int[] Zipf(int count, double exponent, int draws)
    {
        var upTo = new double[count];
        for (var rank = 0; rank < count; rank++)
        {
            upTo[rank] = (rank > 0 ? upTo[rank - 1] : 0) + Math.Pow(rank + 1, -exponent);
        }

        var chance = new Seed(5).Stream("zipf");
        return [.. Enumerable.Range(0, draws).Select(_ => chance.NextDouble() * upTo[^1]).Select(at => Array.FindIndex(upTo, sum => at < sum))];
    }
}

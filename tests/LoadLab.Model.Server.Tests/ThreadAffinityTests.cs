using LoadLab.Model.Server.Replicas;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

public sealed class ThreadAffinityTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("0 1 2 3", "", 1, "3")]
    [InlineData("0 1 2 3", "", 3, "1 2 3")]
    [InlineData("0 1 2 3", "3", 1, "2")]
    [InlineData("0 1 2 3", "2 3", 2, "0 1")]
    [InlineData("0 1 2 3", "1 2", 2, "0 3")]
    [InlineData("0 1 2 3", "1 2 3", 2, "2 3")]
    [InlineData("0 1 2 3", "0 1 2 3", 1, "3")]
    [InlineData("4 6 9", "7 8", 2, "6 9")]
    [InlineData("0 1", "0 1", 2, "0 1")]
    [InlineData("5", "5", 1, "5")]
    [InlineData("0 1", "", 4, "0 1")]
    public void Compute_threads_get_the_last_free_processors_and_the_last_of_all_where_too_few_are_free(string allowed, string taken, int count, string chosen) =>
        Assert.Equal(Processors(chosen), ThreadAffinity.Choose(Processors(allowed), Processors(taken).ToHashSet(), count));

    /// <summary>Replicas of other tests may have processors of their own meanwhile, so which ones are chosen is <see cref="ThreadAffinity.Choose"/>'s business, tested above.</summary>
    [Fact]
    public void A_compute_thread_is_kept_to_the_processors_that_the_words_name()
    {
        Skip();
        OnThread(() =>
        {
            var allowed = ThreadAffinity.Of(0);
            var told = ThreadAffinity.Pin(1, "no such name");

            var given = ThreadAffinity.Of(0);
            Assert.Equal($"cpus {string.Join(' ', given)}", told);
            Assert.Subset(allowed.ToHashSet(), given.ToHashSet());
            Assert.Single(given);
        });
    }

    [Fact]
    public void A_thread_started_by_a_pinned_one_has_the_whole_set_again()
    {
        Skip();
        OnThread(() =>
        {
            var allowed = ThreadAffinity.Of(0);
            ThreadAffinity.Pin(1, "no such name");

            OnThread(() => Assert.Equal(allowed, ThreadAffinity.Of(0)));
        });
    }

    /// <summary>A thread names itself some time after it was started: on a loaded machine later than one look waits.</summary>
    [Fact]
    public void The_tensor_backends_threads_are_found_by_name()
    {
        Skip();
        using var backend = new CpuBackend(1 << 20, 3);

        Assert.True(SpinWait.SpinUntil(() => ThreadAffinity.Named("tensor worker", 2).Count >= 2, s_patience));
    }

    [Fact]
    public void Nothing_is_set_when_a_compute_thread_is_missing()
    {
        Skip();
        OnThread(() =>
        {
            var allowed = ThreadAffinity.Of(0);
            var told = ThreadAffinity.Pin(2, "no such name");

            Assert.Equal(allowed.Count <= 2 ? $"cpus {string.Join(' ', allowed)}" : "not set: 0 of 1 compute threads were found", told);
            Assert.Equal(allowed, ThreadAffinity.Of(0));
        });
    }

    [Fact]
    public void Processes_share_the_processors_from_the_last_and_what_is_not_there_is_not_shared()
    {
        Skip();
        var allowed = ThreadAffinity.Of(0);

        Assert.Equal([allowed[^1]], ThreadAffinity.Share(0, 1));
        Assert.Equal([allowed[0]], ThreadAffinity.Share(allowed.Count - 1, 1));
        Assert.Equal(allowed, ThreadAffinity.Share(0, allowed.Count));
        Assert.Empty(ThreadAffinity.Share(allowed.Count, 1));
        Assert.Empty(ThreadAffinity.Share(0, 0));
    }

    private static IReadOnlyList<int> Processors(string numbers) => [.. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    private static void Skip()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("processors are set on Linux only");
        }
    }

    private static void OnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}

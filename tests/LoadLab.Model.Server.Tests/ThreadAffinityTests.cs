using LoadLab.Model.Server.Replicas;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

public sealed class ThreadAffinityTests
{
    [Fact]
    public void Compute_threads_keep_to_the_last_processors()
    {
        Skip();
        OnThread(() =>
        {
            var allowed = ThreadAffinity.Of(0);
            var told = ThreadAffinity.Pin(1, "no such name");

            Assert.Equal($"cpus {allowed[^1]}", told);
            Assert.Equal([allowed[^1]], ThreadAffinity.Of(0));
        });
    }

    [Fact]
    public void The_tensor_backends_threads_are_found_by_name()
    {
        Skip();
        using var backend = new CpuBackend(1 << 20, 3);

        Assert.True(ThreadAffinity.Named("tensor worker", 2).Count >= 2);
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

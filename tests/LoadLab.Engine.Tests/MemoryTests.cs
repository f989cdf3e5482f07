using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Tests;

/// <summary>What a long run keeps: books of a fixed size, and nothing of a call that ended.</summary>
[Collection(MeasuredAlone.Name)]
public class MemoryTests
{
    [Fact]
    public async Task Ended_calls_leave_nothing_behind()
    {
        const int Calls = 200_000;
        var marks = new List<long>();
        var target = new VirtualTarget(at =>
        {
            if ((at.Nanoseconds / 1000) % (Calls / 4) == 0)
            {
                marks.Add(GC.GetTotalMemory(forceFullCollection: true));
            }

            return at;
        });
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-{Guid.NewGuid():N}.csv");
        try
        {
            var schedule = TestPlay.Even(Calls, 1e6);
            using var calls = new CallsWriter(path);
            await new LoadEngine(target, new VirtualPacer(), calls, new PlayOptions()).PlayAsync(schedule);
            Assert.Equal(4, marks.Count);
            // Less may be left: the runtime trims the pools of earlier tests when it likes.
            Assert.InRange(marks[^1] - marks[1], long.MinValue, 100_000);
            GC.KeepAlive(schedule);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

using System.Globalization;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Video;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// Clips on disk, one .y4m file a job. Bound: <paramref name="maxBytes"/> altogether; past it the oldest files go. Thread-safe.
/// </summary>
/// <param name="folder">Created when missing.</param>
/// <param name="maxBytes">Bytes kept.</param>
internal sealed class ClipStore(string folder, long maxBytes) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<JobId, long> _sizes = [];
    private readonly Queue<JobId> _order = new();
    private long _bytes;

    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    /// <summary>Throws <see cref="IOException"/> when the clip cannot be written or is larger than all that may be kept.</summary>
    public void Store(JobId job, VideoClip clip)
    {
        Y4MWriter.Write(clip, FileOf(job));
        Adopt(job);
    }

    /// <summary>Keeps the clip that lies in <see cref="FileOf"/> already. Throws <see cref="IOException"/> when it does not, or is larger than all that may be kept.</summary>
    public void Adopt(JobId job)
    {
        var size = new FileInfo(FileOf(job)).Length;
        if (size > maxBytes)
        {
            File.Delete(FileOf(job));
            throw new IOException($"a clip of {size} bytes is larger than the {maxBytes} bytes kept for clips");
        }

        lock (_gate)
        {
            // An attempt that failed after its clip was made leaves one that the next attempt replaces.
            if (!_sizes.TryGetValue(job, out var before))
            {
                _order.Enqueue(job);
            }

            _sizes[job] = size;
            _bytes += size - before;
            while (_bytes > maxBytes)
            {
                DropLocked(_order.Dequeue());
            }
        }
    }

    /// <summary>The file; null when it is not kept (any more).</summary>
    public string? PathOf(JobId job)
    {
        lock (_gate)
        {
            return _sizes.ContainsKey(job) ? FileOf(job) : null;
        }
    }

    public void Drop(JobId job)
    {
        lock (_gate)
        {
            DropLocked(job);
            while (_order.TryPeek(out var oldest) && !_sizes.ContainsKey(oldest))
            {
                _order.Dequeue();
            }
        }
    }

    /// <summary>Removes every clip; the folder too when nothing else lies in it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var job in _sizes.Keys.ToList())
            {
                DropLocked(job);
            }
        }

        if (!Directory.EnumerateFileSystemEntries(Folder).Any())
        {
            Directory.Delete(Folder);
        }
    }

    private void DropLocked(JobId job)
    {
        if (_sizes.Remove(job, out var size))
        {
            _bytes -= size;
            File.Delete(FileOf(job));
        }
    }

    /// <summary>The full path of a job's clip, whether it exists or not.</summary>
    public string FileOf(JobId job) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"clip-{job.Value:D6}.y4m"));
}

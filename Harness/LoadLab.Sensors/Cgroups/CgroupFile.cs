using System.Text;

namespace LoadLab.Sensors;

/// <summary>One number of a control group: a file that holds nothing else, or one key of a file of keys; its counter is told why when it is not there.</summary>
internal sealed class CgroupFile : IDisposable
{
    private readonly Counter _counter;
    private readonly ProcFile? _file;
    private readonly byte[] _key;
    private readonly long _scale;

    /// <param name="folder">Null where this controller has no hierarchy.</param>
    /// <param name="counter">Stopped when the file is not there.</param>
    /// <param name="first">File, key ("" for a file of one number) and factor in version 1.</param>
    /// <param name="second">The same in version 2.</param>
    public CgroupFile(CgroupFolder? folder, Counter counter, (string File, string Key, long Scale) first, (string File, string Key, long Scale) second)
    {
        var (name, key, scale) = folder?.Version == 1 ? first : second;
        (_counter, _key, _scale) = (counter, Encoding.ASCII.GetBytes(key), scale);
        var reason = "this process is in no control group of this kind";
        _file = folder is null ? null : ProcFile.TryOpen(folder.File(name), out reason);
        if (_file is null)
        {
            counter.Stop(reason!);
        }
    }

    public double? Read()
    {
        if (_file is null || _counter.Stopped)
        {
            return null;
        }

        try
        {
            var text = _file.Read();
            var number = _key.Length == 0 ? ProcText.Single(text) : ProcText.Value(text, _key);
            if (number is null)
            {
                // The top group of version 2 has no throttling lines: not a failure of the read, the counter is not offered.
                _counter.Stop($"the file has no number {Encoding.ASCII.GetString(_key)}".TrimEnd());
            }

            return number * (double)_scale;
        }
        catch (IOException e)
        {
            _counter.Fail(e.Message);
            return null;
        }
    }

    public void Dispose() => _file?.Dispose();
}

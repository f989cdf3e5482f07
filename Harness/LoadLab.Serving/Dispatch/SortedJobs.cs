namespace LoadLab.Serving.Dispatch;

/// <summary>
/// Jobs in service order (<see cref="Cell.Compare"/>, which never calls two the same). Nearly all come last and leave first, which costs a constant; one that goes in
/// between, or leaves from there, moves a chunk's jobs at most.
/// </summary>
internal sealed class SortedJobs
{
    private const int FirstSize = 8;
    private const int MostOfChunk = 64;

    private readonly List<Chunk> _chunks = [new Chunk(FirstSize)];

    public int Count { get; private set; }

    /// <summary>Null when empty.</summary>
    public JobState? First => Count == 0 ? null : _chunks[0].First;

    public void Add(JobState job)
    {
        var at = _chunks.Count - 1;
        var chunk = _chunks[at];
        if (Count > 0 && Cell.Compare(job, chunk.Last) < 0)
        {
            at = ChunkOf(job);
            chunk = _chunks[at];
        }

        if (chunk.Count == MostOfChunk)
        {
            // What comes last begins a new chunk; in between half of the full one does.
            _chunks.Insert(at + 1, Cell.Compare(job, chunk.Last) > 0 ? new Chunk(MostOfChunk) : chunk.Split());
            chunk = _chunks[at + 1].Count == 0 || Cell.Compare(job, _chunks[at + 1].First) > 0 ? _chunks[at + 1] : chunk;
        }

        chunk.Insert(job);
        Count++;
    }

    public void Remove(JobState job)
    {
        var at = ReferenceEquals(_chunks[0].First, job) ? 0 : ChunkOf(job);
        _chunks[at].Remove(job);
        Count--;
        if (_chunks[at].Count == 0 && _chunks.Count > 1)
        {
            _chunks.RemoveAt(at);
        }
    }

    public Enumerator GetEnumerator() => new(_chunks);

    /// <summary>The last chunk that begins no later than the job; the first one when none does.</summary>
    private int ChunkOf(JobState job)
    {
        int low = 0, high = _chunks.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Cell.Compare(_chunks[middle].First, job) <= 0 ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>In service order; nothing may be added or removed meanwhile.</summary>
    public struct Enumerator(List<Chunk> chunks)
    {
        private int _chunk;
        private int _at = -1;

        public readonly JobState Current => chunks[_chunk][_at];

        public bool MoveNext()
        {
            if (++_at < chunks[_chunk].Count)
            {
                return true;
            }

            _at = 0;
            return ++_chunk < chunks.Count;
        }
    }

    /// <summary>Some jobs, in order; room is left before them as the first leave.</summary>
    internal sealed class Chunk(int size)
    {
        private JobState[] _jobs = new JobState[size];
        private int _start;

        public int Count { get; private set; }

        public JobState First => _jobs[_start];

        public JobState Last => _jobs[_start + Count - 1];

        public JobState this[int index] => _jobs[_start + index];

        public void Insert(JobState job)
        {
            MakeRoom();
            var at = _start + Count;
            while (at > _start && Cell.Compare(job, _jobs[at - 1]) < 0)
            {
                _jobs[at] = _jobs[at - 1];
                at--;
            }

            _jobs[at] = job;
            Count++;
        }

        public void Remove(JobState job)
        {
            Count--;
            if (ReferenceEquals(_jobs[_start], job))
            {
                _jobs[_start] = null!;
                _start = Count == 0 ? 0 : _start + 1;
                return;
            }

            var at = Array.IndexOf(_jobs, job, _start);
            Array.Copy(_jobs, at + 1, _jobs, at, _start + Count - at);
            _jobs[_start + Count] = null!;
        }

        /// <summary>Gives its second half away.</summary>
        public Chunk Split()
        {
            var (kept, half) = (Count / 2, new Chunk(MostOfChunk));
            half.Count = Count - kept;
            Array.Copy(_jobs, _start + kept, half._jobs, 0, half.Count);
            Array.Clear(_jobs, _start + kept, half.Count);
            Count = kept;
            return half;
        }

        private void MakeRoom()
        {
            if (_start + Count < _jobs.Length)
            {
                return;
            }

            if (_start >= _jobs.Length / 2)
            {
                Array.Copy(_jobs, _start, _jobs, 0, Count);
                Array.Clear(_jobs, Count, _start);
            }
            else
            {
                var wider = new JobState[_jobs.Length * 2];
                Array.Copy(_jobs, _start, wider, 0, Count);
                _jobs = wider;
            }

            _start = 0;
        }
    }
}

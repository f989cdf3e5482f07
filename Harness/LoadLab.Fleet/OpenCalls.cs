using System.Runtime.CompilerServices;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>
/// The calls in flight by index: opened in order of index, ended in any. A call's place is used again once it has ended, so that memory follows the calls in flight;
/// besides, four bytes for each call since the oldest that is open.
/// </summary>
internal sealed class OpenCalls
{
    private const int None = -1;
    private CallState[] _states = new CallState[16];
    private int[] _places = new int[16];
    private int[] _unused = [];
    private int _unusedCount;
    private int _oldest;
    private int _next;

    /// <summary>Calls in flight.</summary>
    public int Count { get; private set; }

    /// <summary>Places for calls in flight: those that were used at the same time at most.</summary>
    public int Places => _states.Length + _places.Length;

    /// <summary>Indices of the calls in flight, ascending.</summary>
    public IEnumerable<int> Indices
    {
        get
        {
            for (var index = _oldest; index < _next; index++)
            {
                if (Has(index))
                {
                    yield return index;
                }
            }
        }
    }

    /// <summary>Of a call in flight.</summary>
    public ref CallState this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _states[_places[index & (_places.Length - 1)]];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(long index) => index >= _oldest && index < _next && _places[index & (_places.Length - 1)] != None;

    /// <summary>Opens the next call.</summary>
    public ref CallState Open()
    {
        if (_next - _oldest == _places.Length)
        {
            Widen();
        }

        if (_unusedCount == 0 && Count == _states.Length)
        {
            Array.Resize(ref _states, _states.Length * 2);
        }

        var place = _unusedCount > 0 ? _unused[--_unusedCount] : Count;
        Count++;
        _places[_next++ & (_places.Length - 1)] = place;
        return ref _states[place];
    }

    public void Close(long index)
    {
        ref var place = ref _places[index & (_places.Length - 1)];
        _states[place] = default;
        if (_unusedCount == _unused.Length)
        {
            Array.Resize(ref _unused, _states.Length);
        }

        _unused[_unusedCount++] = place;
        place = None;
        Count--;
        while (_oldest < _next && _places[_oldest & (_places.Length - 1)] == None)
        {
            _oldest++;
        }
    }

    private void Widen()
    {
        var wider = new int[_places.Length * 2];
        for (var index = _oldest; index < _next; index++)
        {
            wider[index & (wider.Length - 1)] = _places[index & (_places.Length - 1)];
        }

        _places = wider;
    }
}

/// <summary>What a client knows of a call in flight.</summary>
internal struct CallState
{
    public ScheduledCall Kind;
    public Instant Intended;
    public TimerId? Patience;
    public Instant? Queued;
    public ModelId? Lighter;
    public Instant? FirstStarted;
    public Instant? Started;
    public Instant? TextEnd;
    public Instant? DenoiseEnd;
    public Instant? DecodeEnd;
    public BatchId Batch;
    public int BatchSize;
    public int Replica;
    public int Attempts;
}

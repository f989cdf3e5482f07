namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    /// <summary>
    /// One convolution: frame by frame, over a ring of as many zero-bordered input frames as the kernel is long in time. Taps are offsets into the ring, so no
    /// pixel is copied more than once, whatever the kernel.
    /// </summary>
    private sealed class ConvolutionRun : IDisposable
    {
        private readonly CpuBackend _backend;
        private readonly float* _x;
        private readonly Shape _in;
        private readonly Shape _out;
        private readonly CpuConvolutionWeight _weight;
        private readonly CpuTensor _y;
        private readonly int _padTime;
        private readonly int _padHeight;
        private readonly int _padWidth;
        private readonly int _paddedWidth;
        private readonly int _pixelStride;
        private readonly long _frameStride;
        private readonly Block _ring;
        private readonly nint[] _taps;
        private readonly bool _wholeRows;

        public ConvolutionRun(CpuBackend backend, float* x, Shape shape, CpuConvolutionWeight weight, CpuTensor y, int padTime, int padHeight, int padWidth)
        {
            _backend = backend;
            _x = x;
            _in = shape;
            _weight = weight;
            _y = y;
            _out = y.Shape;
            (_padTime, _padHeight, _padWidth) = (padTime, padHeight, padWidth);
            _paddedWidth = shape[3] + 2 * padWidth;

            // Pixels a multiple of 256 bytes apart would share a few cache sets; sixteen floats more spread them.
            _wholeRows = shape[4] % 64 != 0;
            _pixelStride = shape[4] + (_wholeRows ? 0 : 16);
            _frameStride = (long)(shape[2] + 2 * padHeight) * _paddedWidth * _pixelStride;

            // A tile may read some pixels past the last one.
            _ring = backend._arena.Rent(checked(_frameStride * weight.KernelTime + 16L * _pixelStride));
            _taps = new nint[weight.KernelTime * weight.KernelHeight * (_wholeRows ? 1 : weight.KernelWidth)];
        }

        public void Execute()
        {
            for (var b = 0; b < _in[0]; b++)
            {
                Clear(_ring.Pointer, _ring.Bytes / sizeof(float));
                for (var f = 0; f < _weight.KernelTime - 1; f++)
                {
                    Load(b, f);
                }

                for (var t = 0; t < _out[1]; t++)
                {
                    Load(b, t + _weight.KernelTime - 1);
                    Frame(b, t);
                }
            }
        }

        public void Dispose() => _ring.Dispose();

        /// <summary>Frame f of the time-padded input goes to its place in the ring; a padding frame needs nothing, the ring starts as zeros.</summary>
        private void Load(int item, int f)
        {
            if (f < _padTime)
            {
                return;
            }

            var (height, width, channels) = (_in[2], _in[3], _in[4]);
            var source = _x + (((long)item * _in[1] + f - _padTime) * height * width) * channels;
            var target = _ring.Pointer + f % _weight.KernelTime * _frameStride + ((long)_padHeight * _paddedWidth + _padWidth) * _pixelStride;
            _backend.ForRanges(height, (long)width * channels, (start, count, _) =>
            {
                for (var row = start; row < start + count; row++)
                {
                    var from = source + row * width * channels;
                    var to = target + row * _paddedWidth * _pixelStride;
                    if (_pixelStride == channels)
                    {
                        Copy(from, to, (long)width * channels);
                        continue;
                    }

                    for (var p = 0; p < width; p++, from += channels, to += _pixelStride)
                    {
                        Copy(from, to, channels);
                    }
                }
            });
        }

        private void Frame(int item, int t)
        {
            SetTaps(t);
            fixed (nint* taps = _taps)
            {
                var (height, width) = (_out[2], _out[3]);
                var job = new ConvolutionJob
                {
                    Padded = _ring.Pointer,
                    PixelStride = _pixelStride,
                    Taps = taps,
                    TapCount = _taps.Length,
                    TapDepth = _weight.InChannels * (_wholeRows ? _weight.KernelWidth : 1),
                    Right = _weight.Panels,
                    Frame = _y.Pointer + ((long)item * _out[1] + t) * height * width * _out[4],
                    Width = width,
                    PaddedWidth = _paddedWidth,
                };
                var pixels = (height - 1) * _paddedWidth + width;
                var each = PixelsOfTask(_weight.Panels);
                _backend._pool.Run((pixels + each - 1) / each, (task, _) => _weight.Panels.Kernels.Convolve(job, task * each, Math.Min(each, pixels - task * each)));
            }
        }

        /// <summary>Some whole tiles that are about a million multiply-adds together: some twenty microseconds.</summary>
        private static int PixelsOfTask(Panels right)
        {
            const int tileRows = 12;
            return (int)Math.Clamp(1_000_000 / ((long)right.Depth * right.Columns * right.Count * tileRows), 4, 40) * tileRows;
        }

        /// <summary>Offsets of the taps for output frame t. Where pixels touch, the taps of a row are one longer run of depth.</summary>
        private void SetTaps(int t)
        {
            var i = 0;
            for (var dt = 0; dt < _weight.KernelTime; dt++)
            {
                for (var dy = 0; dy < _weight.KernelHeight; dy++)
                {
                    for (var dx = 0; dx < (_wholeRows ? 1 : _weight.KernelWidth); dx++)
                    {
                        _taps[i++] = (nint)((t + dt) % _weight.KernelTime * _frameStride + ((long)dy * _paddedWidth + dx) * _pixelStride);
                    }
                }
            }
        }
    }
}

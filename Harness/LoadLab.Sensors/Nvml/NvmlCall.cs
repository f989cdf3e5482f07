using System.Runtime.InteropServices;
using System.Text;

namespace LoadLab.Sensors;

/// <summary>The shapes of NVML's functions. A symbol of zero (not exported) answers <see cref="NvmlResult.FunctionNotFound"/>.</summary>
internal static unsafe class NvmlCall
{
    private const int TextCapacity = 96;

    public static NvmlResult Plain(nint symbol) =>
        symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<int>)symbol)();

    public static NvmlResult UInt(nint symbol, out uint value)
    {
        uint read = 0;
        var result = symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<uint*, int>)symbol)(&read);
        value = read;
        return result;
    }

    public static NvmlResult Handle(nint symbol, uint index, out nint device)
    {
        nint read = 0;
        var result = symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<uint, nint*, int>)symbol)(index, &read);
        device = read;
        return result;
    }

    public static NvmlResult UInt(nint symbol, nint device, out uint value)
    {
        uint read = 0;
        var result = symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint*, int>)symbol)(device, &read);
        value = read;
        return result;
    }

    /// <summary>With a selector: which sensor, which clock.</summary>
    public static NvmlResult UInt(nint symbol, nint device, int which, out uint value)
    {
        uint read = 0;
        var result = symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<nint, int, uint*, int>)symbol)(device, which, &read);
        value = read;
        return result;
    }

    /// <summary>Any fixed struct or number that the function fills.</summary>
    public static NvmlResult Fill<T>(nint symbol, nint device, out T value)
        where T : unmanaged
    {
        T read = default;
        var result = symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<nint, T*, int>)symbol)(device, &read);
        value = read;
        return result;
    }

    /// <param name="count">In: the room in <paramref name="into"/>; out: how many there are, which may be more.</param>
    public static NvmlResult Processes(nint symbol, nint device, ref uint count, Span<NvmlProcess> into)
    {
        var number = count;
        fixed (NvmlProcess* first = into)
        {
            var result = symbol == 0 ? NvmlResult.FunctionNotFound : (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint*, NvmlProcess*, int>)symbol)(device, &number, first);
            count = number;
            return result;
        }
    }

    /// <param name="type">nvmlSamplingType_t.</param>
    /// <param name="seen">Only samples with a later time are asked for.</param>
    /// <param name="count">In: the room; out: how many were written. With an empty span: how much room the driver's buffer needs.</param>
    public static NvmlResult Samples(nint symbol, nint device, int type, ulong seen, out uint valueType, ref uint count, Span<NvmlSample> into)
    {
        uint kind = 0;
        var number = count;
        fixed (NvmlSample* first = into)
        {
            var result = symbol == 0
                ? NvmlResult.FunctionNotFound
                : (NvmlResult)((delegate* unmanaged[Cdecl]<nint, int, ulong, uint*, uint*, NvmlSample*, int>)symbol)(device, type, seen, &kind, &number, first);
            (valueType, count) = (kind, number);
            return result;
        }
    }

    public static string? Text(nint symbol)
    {
        var buffer = stackalloc byte[TextCapacity];
        return symbol != 0 && ((delegate* unmanaged[Cdecl]<byte*, uint, int>)symbol)(buffer, TextCapacity) == 0 ? Text(buffer) : null;
    }

    public static string? Text(nint symbol, nint device)
    {
        var buffer = stackalloc byte[TextCapacity];
        return symbol != 0 && ((delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)symbol)(device, buffer, TextCapacity) == 0 ? Text(buffer) : null;
    }

    /// <summary>nvmlErrorString; the bare code where it is not exported.</summary>
    public static string Error(nint symbol, NvmlResult result)
    {
        var text = symbol == 0 ? null : Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<int, nint>)symbol)((int)result));
        return text is null ? $"NVML error {(int)result}" : $"{text} ({(int)result})";
    }

    private static string Text(byte* buffer)
    {
        var bytes = new ReadOnlySpan<byte>(buffer, TextCapacity);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

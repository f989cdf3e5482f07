using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LoadLab.Model.Safetensors;

/// <summary>Little-endian elements to float32.</summary>
internal static class ElementConversion
{
    /// <summary>False when the type has no float32 reading here.</summary>
    public static bool TryToFloat32(SafetensorsType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case SafetensorsType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                return true;
            case SafetensorsType.BF16:
                WidenUpperHalves(MemoryMarshal.Cast<byte, ushort>(source), destination);
                return true;
            case SafetensorsType.F16:
                for (var i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
                }

                return true;
            case SafetensorsType.F64:
                for (var i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
                }

                return true;
            default:
                return TryIntegersToFloat32(type, source, destination);
        }
    }

    /// <summary>Index of the first NaN or infinity, or -1.</summary>
    public static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        // A checkpoint has billions of values, and all of them pass here: blocks are looked at as a whole.
        var i = 0;
        while (i <= values.Length - Vector<float>.Count && Vector.LessThanAll(Vector.Abs(new Vector<float>(values[i..])), new Vector<float>(float.PositiveInfinity)))
        {
            i += Vector<float>.Count;
        }

        for (; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    // bfloat16 is the upper half of a float32.
    private static void WidenUpperHalves(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var i = 0;
        for (; i <= destination.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            Vector.AsVectorSingle(Vector.ShiftLeft(low, 16)).CopyTo(destination[i..]);
            Vector.AsVectorSingle(Vector.ShiftLeft(high, 16)).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    private static bool TryIntegersToFloat32(SafetensorsType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            switch (type)
            {
                case SafetensorsType.I64:
                    destination[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(8 * i)..]);
                    break;
                case SafetensorsType.I32:
                    destination[i] = BinaryPrimitives.ReadInt32LittleEndian(source[(4 * i)..]);
                    break;
                case SafetensorsType.U8 or SafetensorsType.Bool:
                    destination[i] = source[i];
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}

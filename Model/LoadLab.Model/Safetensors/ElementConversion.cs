using System.Buffers.Binary;
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
                // bfloat16 is the upper half of a float32.
                for (var i = 0; i < destination.Length; i++)
                {
                    destination[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(source[(2 * i)..]) << 16);
                }

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
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
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

namespace LoadLab.Model.Safetensors;

/// <summary>The check that refused a file, in the order they are made.</summary>
public enum SafetensorsCheck
{
    /// <summary>The file is readable and its header length fits it.</summary>
    HeaderLength,

    /// <summary>The header is one JSON object.</summary>
    HeaderJson,

    /// <summary>Every entry has a known dtype, a possible shape and a range of its size inside the file.</summary>
    Entry,

    /// <summary>The entries cover the data without overlap or hole.</summary>
    Layout,

    /// <summary>The values asked for exist, are of a readable type and finite.</summary>
    Data,
}

/// <summary>A safetensors file was refused. The message names the file, the tensor where there is one, the value found and what is right.</summary>
public sealed class SafetensorsException(SafetensorsCheck check, string file, string? tensor, string problem)
    : Exception(tensor is null ? $"{file}: {problem}" : $"{file}: tensor '{tensor}': {problem}")
{
    /// <summary>Which check refused it.</summary>
    public SafetensorsCheck Check { get; } = check;

    /// <summary>The file as the caller named it.</summary>
    public string File { get; } = file;

    /// <summary>The tensor, or null when the whole file is meant.</summary>
    public string? Tensor { get; } = tensor;
}

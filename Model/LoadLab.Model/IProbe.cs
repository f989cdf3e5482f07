using LoadLab.Tensors;

namespace LoadLab.Model;

/// <summary>Shown intermediate tensors by name while a network runs, for comparison with a reference. Absent in serving.</summary>
internal interface IProbe
{
    /// <summary>The tensor is valid only during the call.</summary>
    void See(string name, Tensor value);
}

using LoadLab.Tensors;

namespace LoadLab.Model.Verify;

/// <summary>Collects the intermediates a golden file holds; a tensor seen in several parts is joined in order.</summary>
internal sealed class MidProbe(GoldenCase golden, Func<string, float[], Shape, float[]>? rearrange = null) : IProbe
{
    private readonly List<(string Name, List<float> Values)> _seen = [];

    public void See(string name, Tensor value)
    {
        if (!golden.Has($"mid/{name}"))
        {
            return;
        }

        var values = new float[value.Shape.Count];
        golden.Backend.ToHost(value, values);
        var entry = _seen.Find(seen => seen.Name == name);
        if (entry.Values is null)
        {
            entry = (name, []);
            _seen.Add(entry);
        }

        entry.Values.AddRange(rearrange is null ? values : rearrange(name, values, value.Shape));
    }

    /// <summary>Compares everything seen.</summary>
    public void Compare() => _seen.ForEach(seen => golden.Mid(seen.Name, [.. seen.Values]));
}

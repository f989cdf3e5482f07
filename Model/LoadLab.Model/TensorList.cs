using LoadLab.Tensors;

namespace LoadLab.Model;

/// <summary>Several tensors disposed together. When making one of them fails, those made before are returned to the backend.</summary>
internal sealed class TensorList : IDisposable
{
    private readonly List<Tensor> _tensors = [];

    private TensorList()
    {
    }

    public Tensor this[int index] => _tensors[index];

    public static TensorList Create(int count, Func<int, Tensor> make)
    {
        var list = new TensorList();
        try
        {
            for (var i = 0; i < count; i++)
            {
                list._tensors.Add(make(i));
            }

            return list;
        }
        catch
        {
            list.Dispose();
            throw;
        }
    }

    public Tensor[] ToArray() => [.. _tensors];

    public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());
}

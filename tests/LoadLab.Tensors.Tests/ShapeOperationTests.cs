namespace LoadLab.Tensors.Tests;

public sealed class ShapeOperationTests
{
    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void Permute_puts_every_axis_in_its_place(string name)
    {
        using var backend = ContractBackends.Create(name);
        int[][] orders = [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [1, 0, 2, 3], [0, 3, 1, 2], [2, 3, 0, 1]];
        var shape = new Shape(2, 17, 33, 5);
        var xs = Case.Values(shape.Count, 1);
        using var x = backend.FromHost(shape, xs);
        foreach (var order in orders)
        {
            using var y = backend.Permute(x, order);
            Assert.Equal(new Shape([.. order.Select(axis => shape[axis])]), y.Shape);
            Assert.Equal(Permuted(xs, shape, order), backend.Host(y));
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Permute_of_a_scalar_and_of_one_axis_copies(string name)
    {
        using var backend = ContractBackends.Create(name);
        using var scalar = backend.FromHost(new Shape(), [7]);
        using var line = backend.FromHost(new Shape(3), [1, 2, 3]);
        using var a = backend.Permute(scalar, []);
        using var b = backend.Permute(line, [0]);
        Assert.Equal([7], backend.Host(a));
        Assert.Equal([1, 2, 3], backend.Host(b));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Slices_of_an_axis_joined_again_are_the_tensor(string name)
    {
        using var backend = ContractBackends.Create(name);
        var xs = Case.Values(4 * 7 * 9, 1);
        using var x = backend.FromHost(new Shape(4, 7, 9), xs);
        for (var axis = -3; axis < 3; axis++)
        {
            var length = x.Shape[axis];
            using var head = backend.Slice(x, axis, 0, 1);
            using var none = backend.Slice(x, axis, 1, 0);
            using var tail = backend.Slice(x, axis, 1, length - 1);
            using var whole = backend.Concat([head, none, tail], axis);
            Assert.Equal(x.Shape, whole.Shape);
            Assert.Equal(xs, backend.Host(whole));
        }

        using var middle = backend.Slice(x, 1, 2, 3);
        Assert.Equal(xs.Where((_, i) => i / 9 % 7 is >= 2 and < 5), backend.Host(middle));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Gather_takes_rows_in_the_order_asked(string name)
    {
        using var backend = ContractBackends.Create(name);
        using var table = backend.FromHost(new Shape(3, 2), [0, 1, 10, 11, 20, 21]);
        using var rows = backend.Gather(table, [2, 0, 2]);
        Assert.Equal([20, 21, 0, 1, 20, 21], backend.Host(rows));
        Assert.Throws<ArgumentException>(() => backend.Gather(table, [3]));
        Assert.Throws<ArgumentException>(() => backend.Gather(table, [-1]));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void UpsampleNearest2_doubles_rows_and_columns(string name)
    {
        using var backend = ContractBackends.Create(name);
        var (h, w, c) = (3, 5, 7);
        var xs = Case.Values(2 * 2 * h * w * c, 1);
        using var x = backend.FromHost(new Shape(2, 2, h, w, c), xs);
        using var y = backend.UpsampleNearest2(x);
        var expected = new List<float>();
        for (var f = 0; f < 4; f++)
        {
            for (var row = 0; row < 2 * h; row++)
            {
                for (var column = 0; column < 2 * w; column++)
                {
                    expected.AddRange(xs.AsSpan(((f * h + row / 2) * w + column / 2) * c, c).ToArray());
                }
            }
        }

        Assert.Equal(new Shape(2, 2, 2 * h, 2 * w, c), y.Shape);
        Assert.Equal(expected, backend.Host(y));
    }

    private static float[] Permuted(float[] x, Shape shape, int[] order)
    {
        var y = new List<float>();
        var position = new int[order.Length];
        Walk(0);
        return [.. y];

        void Walk(int depth)
        {
            if (depth == order.Length)
            {
                var index = 0;
                for (var axis = 0; axis < order.Length; axis++)
                {
                    index = index * shape[axis] + position[axis];
                }

                y.Add(x[index]);
                return;
            }

            for (var i = 0; i < shape[order[depth]]; i++)
            {
                position[order[depth]] = i;
                Walk(depth + 1);
            }
        }
    }
}

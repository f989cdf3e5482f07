using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Residency;

public sealed class FitTableTests
{
    private const long Gib = 1L << 30;

    // The published run of this model on a 24 GB card, text encoder on the processor and weights moved away between stages, peaks at 22.9 GB.
    [Fact]
    public void The_5B_at_720p_fits_24_GiB_by_formula()
    {
        var table = Table(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, 24 * Gib);
        Assert.NotNull(table.Chosen);
        Assert.InRange(table.Chosen.PeakBytes, 15 * Gib, (long)(0.98 * 24 * Gib));
        Assert.False(table.Rows.Single(row => row.Plan == Everything(ElementType.Float32)).Fits);
    }

    [Fact]
    public void With_a_gelu_of_the_library_s_own_it_keeps_its_vae_as_the_reference_has_it()
    {
        var chosen = FitTable.Of(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, 1, 24 * Gib, new GpuMemory(hasGelu: true), new CpuMemory(1, 16)).Chosen;
        Assert.Equal(new ResidencyPlan { Text = TextPlace.Offloaded, TextType = ElementType.BFloat16, Transformer = TransformerPlace.Offloaded, TransformerType = ElementType.BFloat16 }, chosen!.Plan);
    }

    // What the tables of docs/memory.md say of a library without the tanh form of GELU.
    [Fact]
    public void A_library_with_a_gelu_of_its_own_takes_six_GiB_less_in_the_steps_of_the_5B()
    {
        var fused = FitTable.Of(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, 1, 24 * Gib, new GpuMemory(hasGelu: true), new CpuMemory(1, 16)).Rows[0];
        var several = Table(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, 24 * Gib).Rows[0];
        Assert.InRange((several.DenoiseBytes - fused.DenoiseBytes) / (double)Gib, 6, 7);
        Assert.Equal(fused.DecodeBytes, several.DecodeBytes);
    }

    [Fact]
    public void Chosen_is_the_first_row_that_fits_in_the_stated_order()
    {
        foreach (var gib in new[] { 16L, 32, 40, 48, 56, 72, 80, 96, 192 })
        {
            var table = Table(ModelCatalog.T2VA14B, ModelCatalog.T2VA14B.Native, gib * Gib);
            Assert.Equal(table.Rows.OrderBy(row => row.Plan.VaeType != ElementType.Float32).ThenBy(row => row.Seconds), table.Rows);
            Assert.All(table.Rows, row => Assert.Equal(row.PeakBytes <= 0.98 * gib * Gib, row.Fits));
            Assert.Equal(table.Rows.FirstOrDefault(row => row.NeededBytes <= gib * Gib), table.Chosen);
        }
    }

    [Fact]
    public void A_large_card_keeps_everything_and_pays_nothing()
    {
        var row = Table(ModelCatalog.T2VA14B, ModelCatalog.T2VA14B.Native, 192 * Gib).Chosen!;
        Assert.Equal(Everything(ElementType.Float32), row.Plan);
        Assert.Equal(0, row.Seconds);
    }

    [Fact]
    public void A_card_without_room_gets_no_plan_and_is_told_the_least_it_takes()
    {
        var table = Table(ModelCatalog.T2VA14B, ModelCatalog.T2VA14B.Native, 8 * Gib);
        Assert.Null(table.Chosen);
        Assert.True(table.Smallest.PeakBytes > 8 * Gib);
        Assert.DoesNotContain(table.Rows, row => row.PeakBytes < table.Smallest.PeakBytes);
    }

    [Fact]
    public void Larger_batches_need_more_in_their_steps_and_no_more_to_decode()
    {
        var rows = new[] { 1, 2, 4 }.Select(batch => FitTable.Of(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, batch, 80 * Gib, new GpuMemory(), new CpuMemory(1, 16)).Rows[0]).ToArray();
        Assert.True(rows[0].DenoiseBytes < rows[1].DenoiseBytes && rows[1].DenoiseBytes < rows[2].DenoiseBytes);
        Assert.Single(rows.Select(row => row.DecodeBytes).Distinct());
    }

    [Fact]
    public void A_processor_has_one_type_and_so_half_the_plans()
    {
        var cpu = FitTable.Of(ModelCatalog.Ti2V5BNano, ModelCatalog.Ti2V5BNano.Native, 1, Gib, new CpuMemory(2), new CpuMemory(2));
        Assert.Equal(6, cpu.Rows.Count);
        Assert.Equal(ResidencyPlan.Resident, cpu.Chosen!.Plan);
        Assert.Equal(12, Table(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, Gib).Rows.Count);
    }

    [Fact]
    public void A_text_encoder_on_the_host_of_a_processor_saves_nothing()
    {
        var rows = FitTable.Of(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, 1, 64 * Gib, new CpuMemory(1, 16), new CpuMemory(1, 16)).Rows;
        Assert.Equal(Row(TextPlace.Offloaded).DenoiseBytes + Row(TextPlace.Host).HostBytes, Row(TextPlace.Host).DenoiseBytes);
        Assert.True(Row(TextPlace.Host).DenoiseBytes > Row(TextPlace.Device).DenoiseBytes);

        FitRow Row(TextPlace text) => rows.Single(row => row.Plan.Text == text && row.Plan.Transformer == TransformerPlace.Device);
    }

    [Theory]
    [InlineData(ResidencyChoice.Resident, TextPlace.Device)]
    [InlineData(ResidencyChoice.CpuText, TextPlace.Host)]
    [InlineData(ResidencyChoice.OffloadText, TextPlace.Offloaded)]
    public void A_place_asked_for_by_name_is_given_whether_it_fits_or_not(ResidencyChoice choice, TextPlace expected)
    {
        foreach (var gib in new[] { 1, 24, 192 })
        {
            Assert.Equal(expected, Table(ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native, gib * Gib).Choose(choice)!.Plan.Text);
        }
    }

    private static ResidencyPlan Everything(ElementType vae) => new() { TextType = ElementType.BFloat16, TransformerType = ElementType.BFloat16, VaeType = vae };

    private static FitTable Table(WanModelSpec model, JobShape shape, long bytes) => FitTable.Of(model, shape, 1, bytes, new GpuMemory(), new CpuMemory(1, 16));
}

using LoadLab.Core;

namespace LoadLab.Forecast.Tests;

public class AccuracyTests
{
    [Fact]
    public void Mase_smape_and_owa_agree_with_the_golden()
    {
        var golden = Golden.Read("mase_smape_owa");
        var (train, actual) = (golden.GetProperty("train").Numbers(), golden.GetProperty("actual").Numbers());
        var (forecast, reference) = (golden.GetProperty("forecast").Numbers(), golden.GetProperty("reference_forecast").Numbers());
        var expected = golden.GetProperty("expected");

        var scale = ErrorMetrics.MaseScale(train, 8);
        Assert.Equal(expected.Number("scale_m"), scale, Golden.Tolerance);
        Assert.Equal(expected.Number("scale_1"), ErrorMetrics.MaseScale(train, 1), Golden.Tolerance);
        Assert.Equal(expected.Number("MAE"), ErrorMetrics.MeanAbsolute(actual, forecast), Golden.Tolerance);
        var mase = ErrorMetrics.MeanAbsolute(actual, forecast) / scale;
        Assert.Equal(expected.Number("MASE_m"), mase, Golden.Tolerance);
        var smape = ErrorMetrics.Smape(actual, forecast);
        Assert.Equal(expected.Number("sMAPE"), smape, Golden.Tolerance);
        var (referenceSmape, referenceMase) = (ErrorMetrics.Smape(actual, reference), ErrorMetrics.MeanAbsolute(actual, reference) / scale);
        Assert.Equal(expected.Number("sMAPE_ref"), referenceSmape, Golden.Tolerance);
        Assert.Equal(expected.Number("OWA"), ErrorMetrics.Owa(smape, mase, referenceSmape, referenceMase), Golden.Tolerance);
    }

    [Fact]
    public void Quantile_loss_coverage_and_width_agree_with_the_golden()
    {
        var golden = Golden.Read("wql_crps");
        var actual = golden.GetProperty("actual").Numbers();
        var rows = golden.GetProperty("quantiles").EnumerateArray().Select(row => row.Numbers()).ToArray();
        var expected = golden.GetProperty("expected");

        double[] Quantile(int i) => [.. rows.Select(row => row[i])];
        var losses = Enumerable.Range(0, 9).Select(i => ErrorMetrics.WeightedQuantileLoss(actual, Quantile(i), (i + 1) / 10.0)).ToArray();
        Golden.Close([.. expected.GetProperty("WQL_per_tau").EnumerateObject().Select(item => item.Value.GetDouble())], losses);
        Assert.Equal(expected.Number("WQL"), losses.Average(), Golden.Tolerance);
        Assert.Equal(expected.Number("coverage_80"), ErrorMetrics.Coverage(actual, Quantile(0), Quantile(8)), Golden.Tolerance);
        Assert.Equal(expected.Number("mean_width_80"), ErrorMetrics.MeanWidth(Quantile(0), Quantile(8)), Golden.Tolerance);
    }

    [Fact]
    public void Rolling_origin_agrees_with_the_golden()
    {
        var golden = Golden.Read("rolling_origin_seasonal_naive");
        var y = golden.GetProperty("y").Numbers();
        var series = new Series("golden", "", [.. Enumerable.Range(0, y.Length).Select(t => (double)t)], y);
        var options = new BacktestOptions { Calibration = new CalibrationOptions { Horizon = 3 }, FirstTrainShare = 0.7, Season = 8 };
        var report = Backtest.RollingOrigin(series, options, [new SeasonalNaive(8)]);
        var expected = golden.GetProperty("expected");

        Assert.Equal((28, 10), (report.Training, report.Origins));
        Assert.Equal(expected.Number("scale"), report.Scale!.Value, Golden.Tolerance);
        Golden.Close(expected.GetProperty("MASE_by_h").Numbers(), [.. report.Models[0].ByHorizon.Select(accuracy => accuracy.Mase!.Value)]);
        Assert.Equal(expected.Number("MASE_pooled"), report.Models[0].Pooled.Mase!.Value, Golden.Tolerance);
        foreach (var row in expected.GetProperty("rows").EnumerateArray())
        {
            var made = report.Models[0].Rows.Where(r => r.Origin == row.GetProperty("origin").GetInt32()).ToList();
            Golden.Close(row.GetProperty("forecast").Numbers(), [.. made.Select(r => r.Forecast.Point)]);
            Golden.Close(row.GetProperty("abs_err").Numbers(), [.. made.Select(r => Math.Abs(r.Actual - r.Forecast.Point))]);
        }
    }
}

using LoadLab.Core;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>The laws of the serving core, checked by what a host sees: its events and the core's decisions. Each ledger keeps its own account of the story.</summary>
internal sealed class Laws
{
    private readonly FleetLedger _fleet;
    private readonly JobLedger _jobs;
    private readonly QuotaLedger _quotas;
    private readonly TimerLedger _timers = new();

    public Laws(ServingOptions serving, AutoscalerOptions autoscaler, ServingCore core)
    {
        _fleet = new FleetLedger(serving, autoscaler);
        _quotas = new QuotaLedger(serving);
        _jobs = new JobLedger(serving, core, _fleet, _quotas);
    }

    /// <summary>Jobs that were let in and have not ended.</summary>
    public int Open => _jobs.Open;

    public void Before(Instant now, ServingEvent e)
    {
        _quotas.Turn(now);
        _jobs.Before(now, e, e is ServingEvent.TimerFired timer && _timers.Fires(timer));
        _fleet.Before(e);
    }

    public void Decided(Instant now, Decision decision)
    {
        _jobs.Decided(now, decision);
        _fleet.Decided(decision);
        _timers.Decided(decision);
    }

    public void After(Instant now) => _jobs.After(now);

    public void AtTheEnd()
    {
        _jobs.AtTheEnd();
        _timers.AtTheEnd();
    }
}

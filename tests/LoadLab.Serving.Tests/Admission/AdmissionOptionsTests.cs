using LoadLab.Serving.Admission;
using LoadLab.Serving.Tests.Priority;

namespace LoadLab.Serving.Tests.Admission;

public class AdmissionOptionsTests
{
    [Fact]
    public void Absent_limits_nothing()
    {
        var options = Yaml.Bind("serving: {}", AdmissionOptions.Bind);
        Assert.Equal((false, null, null, 0), (options.EarlyRefusal, options.Daily, options.Concurrent, options.Tenants.Count));
    }

    [Fact]
    public void Tenant_has_the_limits_of_all_where_it_writes_none_of_its_own()
    {
        var options = Yaml.Bind(
            """
            serving:
              earlyRefusal: true
              quotas: { daily: 1000, concurrent: 50, tenants: { acme: { daily: 5000 }, bee: { concurrent: none }, cow: { daily: 0, concurrent: 1 } } }
            """,
            AdmissionOptions.Bind);
        Assert.Equal((true, 1000, 50), (options.EarlyRefusal, options.Daily!.Value, options.Concurrent!.Value));
        Assert.Equal(
            [("acme", new TenantQuota(5000, 50)), ("bee", new TenantQuota(1000, null)), ("cow", new TenantQuota(0, 1))],
            options.Tenants.Select(tenant => (tenant.Key, tenant.Value)));
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line()
    {
        var (_, problems) = Yaml.Try(
            """
            serving:
              earlyRefusal: yes please
              quotas:
                daily: -1
                concurrent: { acme: 3 }
                monthly: 7
                tenants:
                  acme: 5000
                  bee: { dayly: 5 }
            """,
            AdmissionOptions.Bind);
        Assert.Equal(
            [(2, "serving.earlyRefusal"), (4, "serving.quotas.daily"), (5, "serving.quotas.concurrent"), (6, "serving.quotas.monthly"), (8, "serving.quotas.tenants.acme"), (9, "serving.quotas.tenants.bee.dayly")],
            problems.Select(problem => (problem.Line, problem.Field)).Order());
        Assert.All(problems, problem => Assert.NotEmpty(problem.Fix));
    }
}

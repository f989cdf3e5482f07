using LoadLab.LoadProbe;

var arguments = new Arguments(args);
return args.FirstOrDefault() switch
{
    "serve" => await ProbeServer.RunAsync(arguments.Integer("port", 0)),
    "stall" => await StallTest.RunAsync(),
    "lateness" => await LatenessBench.RunAsync(arguments),
    "polls" => await PollBench.RunAsync(arguments),
    "reset" => await ArrivalsReport.ResetAsync(arguments),
    "arrivals" => await ArrivalsReport.PrintAsync(arguments),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        serve    [--port P]                               a service that answers at once, or after 20 ms with a stall
        stall                                             the stall test; exits 1 outside its bounds
        lateness --url U [--rate R] [--seconds S] [--send dispatcher|pool] [--name N]
        polls    --url U [--protocol P] [--jobs N] [--minutes M] [--median S] [--sigma X] [--rate R]   many jobs in flight at a service that must be asked
        reset    --url U                                  forgets the arrivals that the service has seen
        arrivals --url U --rate R --name N                prints how evenly they came, as a row of a table
        """);
    return 2;
}

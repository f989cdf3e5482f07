"""M/M/8 at 6.4 calls a second of 1 s each in SimPy: prints version, calls, seconds of processor and mean wait. With SimPy 3 or later, else with SimPy 2 (another interface)."""
import random
import sys
import time

RATE, SERVERS, MEAN = 6.4, 8, 1.0


def with_simpy3(simpy, calls):
    environment = simpy.Environment()
    servers = simpy.Resource(environment, capacity=SERVERS)
    waits = [0.0]

    def call():
        arrived = environment.now
        with servers.request() as request:
            yield request
            waits[0] += environment.now - arrived
            yield environment.timeout(random.expovariate(1 / MEAN))

    def source():
        for _ in range(calls):
            yield environment.timeout(random.expovariate(RATE))
            environment.process(call())

    environment.process(source())
    environment.run()
    return waits[0] / calls


def with_simpy2(simulation, calls):
    servers = simulation.Resource(capacity=SERVERS)
    waits = [0.0]

    class Call(simulation.Process):
        def run(self):
            arrived = simulation.now()
            yield simulation.request, self, servers
            waits[0] += simulation.now() - arrived
            yield simulation.hold, self, random.expovariate(1 / MEAN)
            yield simulation.release, self, servers

    class Source(simulation.Process):
        def run(self):
            for _ in range(calls):
                yield simulation.hold, self, random.expovariate(RATE)
                call = Call()
                simulation.activate(call, call.run())

    simulation.initialize()
    source = Source()
    simulation.activate(source, source.run())
    simulation.simulate(until=1e12)
    return waits[0] / calls


def main():
    calls = int(sys.argv[1])
    random.seed(1)
    try:
        import simpy
        run, version = with_simpy3, simpy.__version__
    except ImportError:
        try:
            import SimPy
            import SimPy.Simulation as simpy
            run, version = with_simpy2, getattr(SimPy, "__version__", "2").split()[0]
        except ImportError:
            sys.exit("python3-simpy is not installed")
    started = time.process_time()
    wait = run(simpy, calls)
    print(f"simpy={version} calls={calls} run_s={time.process_time() - started:.3f} wait_s={wait:.6f}")


main()

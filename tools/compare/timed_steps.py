"""Steps of training in processes of their own, timed in turns: what drdn_speed.py and modl_speed.py share."""
import json
import resource
import statistics
import subprocess
import sys
import time


def time_steps(step, steps):
    """Prints as JSON the seconds of `steps` calls after a first one, and this process's peak memory."""
    step()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(json.dumps({"times": times, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def run(command):
    out = subprocess.run(command, capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{out.stderr}")
    return json.loads(out.stdout.strip().splitlines()[-1])


def compare(kinds, rounds):
    """kinds: name -> command that ends in time_steps's line; prints the medians beside those of "PyTorch"."""
    results = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, command in kinds.items():
            results[name].append(run(command))
    middle = {name: statistics.median(t for r in runs for t in r["times"]) for name, runs in results.items()}
    memory = {name: statistics.median(r["peak_mb"] for r in runs) for name, runs in results.items()}
    for name in kinds:
        print(f"{name:<20}{1e3 * middle[name]:>8.0f} ms{middle['PyTorch'] / middle[name]:>7.2f} times as fast"
              f"{memory[name]:>8.0f} MB{memory[name] / memory['PyTorch']:>7.2f} of the memory")

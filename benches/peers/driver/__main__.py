"""The command line: who takes part, how long, how often; then round by round, everybody in turn."""

import argparse
import datetime
import json
import os
import platform
import signal
import sys
import time
from pathlib import Path

from . import measure, table
from .peers import catalogue
from .processes import Failed, output_of
from .redis_server import fresh_redis
from .windlass import Windlass

ROOT = Path(__file__).resolve().parents[3]
FULL = measure.Size(seconds=10.0, payload=120, trickle=400, first_guess=2_000)
SMALL = measure.Size(seconds=0.2, payload=120, trickle=20, first_guess=200)


class Contestant:
    """A system with what was found out about it so far."""

    def __init__(self, system):
        self.system = system
        self.left_out = system.missing()
        self.version = ""
        self.numbers = None
        self.rounds = []

    def guarded(self, what, work):
        """Does something that may fail without the others having to suffer from it."""
        if self.left_out:
            return None
        started = time.monotonic()
        try:
            answer = work()
        except (Failed, OSError, KeyError, ValueError) as error:
            reason = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            say(f"{self.system.name}: {what} FAILED: {reason}")
            return {"error": reason}
        say(f"{self.system.name}: {what} in {time.monotonic() - started:.1f} s")
        return answer

    def prepare(self, size):
        """Learns the version and how many jobs fill the time; who cannot even do that is left out."""
        for what, work in [("version", self._ask_version), ("calibration", lambda: self._calibrate(size))]:
            answer = self.guarded(what, work)
            if isinstance(answer, dict):
                self.left_out = f"failed: {answer['error']}"

    def run(self, number, size):
        answer = self.guarded(f"round {number}", lambda: self._measure(size))
        if answer:
            self.rounds.append(answer)

    def result(self):
        return {
            "name": self.system.name,
            "version": self.version,
            "settings": self.system.settings,
            "left_out": self.left_out,
            "jobs": vars(self.numbers) if self.numbers else None,
            "medians": table.medians(self.rounds),
            "rounds": self.rounds,
        }

    def _is_windlass(self):
        return isinstance(self.system, Windlass)

    def _ask_version(self):
        if self._is_windlass():
            self.version = self.system.version()
        else:
            self.version = output_of([*self.system.client, "version"], {}, limit=60).strip()

    def _calibrate(self, size):
        ours = self._is_windlass()
        self.numbers = self.system.calibrate(size) if ours else measure.calibrate(self.system, size)

    def _measure(self, size):
        if self._is_windlass():
            return self.system.measure(size, self.numbers)
        return measure.measure(self.system, size, self.numbers)


def main():
    # As with Ctrl-C, everything that was started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parse()
    size = SMALL if options.small else FULL
    if options.seconds:
        size = measure.Size(options.seconds, size.payload, size.trickle, size.first_guess)
    rounds = options.rounds or (1 if options.small else 5)
    profile = "debug" if options.small else "release"
    program = (options.windlass or ROOT / "target" / profile / "windlass").resolve()
    systems = [Windlass(program), *catalogue(profile)]
    chosen = [system for system in systems if not options.only or system.name.lower() in options.only]
    contestants = [Contestant(system) for system in chosen]
    place = surroundings(size)
    say(f"Redis {place['redis']}, {place['cpus']} CPUs, {place['processor']}")
    for contestant in contestants:
        contestant.prepare(size)
    for number in range(1, rounds + 1):
        for contestant in contestants:
            contestant.run(number, size)
        # After each round, so that an interrupted run is not lost.
        if options.raw:
            results = [contestant.result() for contestant in contestants]
            options.raw.write_text(json.dumps({**place, "systems": results}, indent=2) + "\n")
    print(table.render([contestant.result() for contestant in contestants]))
    sys.exit(verdict(contestants, rounds))


def parse():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--small", action="store_true", help="one short round that only shows that everything works")
    parser.add_argument("--rounds", type=int, help="how many rounds the medians are of (5, small 1)")
    parser.add_argument("--seconds", type=float, help="how long each enqueue and each drain is to take (10, small 0.2)")
    parser.add_argument("--windlass", type=Path, help="the program (target/release/windlass, small target/debug)")
    parser.add_argument("--raw", type=Path, metavar="FILE", help="where all figures of all rounds go, as JSON")
    parser.add_argument("--only", type=str.lower, action="append", metavar="SYSTEM", help="who takes part (all)")
    return parser.parse_args()


def surroundings(size):
    """What somebody has to know who wants to compare the figures with others."""
    with fresh_redis() as redis:
        version = redis.version()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "redis": version,
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "kernel": platform.release(),
        "size": vars(size),
    }


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def verdict(contestants, rounds):
    """Who is not installed is no failure; who is and did not come to its end in every round is one."""
    absent = [one for one in contestants if one.system.missing()]
    ended = [one for one in contestants if sum("error" not in figures for figures in one.rounds) == rounds]
    say(f"{len(ended)} measured, {len(absent)} not installed, {len(contestants) - len(ended) - len(absent)} failed")
    return 0 if len(ended) + len(absent) == len(contestants) else 1


def say(message):
    print(f"[{time.strftime('%H:%M:%S')}] {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

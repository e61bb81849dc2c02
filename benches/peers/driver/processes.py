"""Child processes: each in a group of its own, so that nothing of it outlives its use."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path


class Failed(Exception):
    """What a peer did not manage to do, in a sentence for its row of the table."""


def output_of(words, environment, limit):
    """Runs a program to its end and returns its standard output."""
    with Background(words, environment) as process:
        return process.finish(limit)


class Background:
    """A running program. Leaving the block ends it and everything that it has started."""

    def __init__(self, words, environment):
        self.words = [str(word) for word in words]
        self.out = tempfile.TemporaryFile()
        self.err = tempfile.TemporaryFile()
        self.child = subprocess.Popen(
            self.words,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.err,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._ask_to_end()
        finally:
            # Also when the driver itself is told to end while it waits.
            self._kill_group()
        self.out.close()
        self.err.close()

    def _ask_to_end(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                pass

    def _kill_group(self):
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()

    def finish(self, limit):
        """Waits for the end and returns what the program wrote."""
        try:
            code = self.child.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"`{self.name()}` did not end within {limit:.0f} s") from None
        if code != 0:
            raise Failed(f"`{self.name()}` ended with {code}: {self.last_words()}")
        self.out.seek(0)
        return self.out.read().decode()

    def check(self):
        """Fails when the program has ended although it was to go on."""
        if self.child.poll() is not None:
            raise Failed(f"`{self.name()}` ended by itself: {self.last_words()}")

    def resident_bytes(self):
        """The memory of the program and of all its descendants; what they share counts in each."""
        return sum(_resident_bytes(pid) for pid in _family(self.child.pid))

    def name(self):
        return " ".join(Path(word).name for word in self.words[:4])

    def last_words(self):
        self.err.seek(0)
        lines = self.err.read().decode(errors="replace").strip().splitlines()
        # Traces of Node.js and Ruby stand below the error, indented.
        telling = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith(("at ", "from "))]
        return " / ".join(telling[-3:]) or "it said nothing"


def _family(root):
    """The process and its descendants, read from the parents that /proc names."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # It has ended between the listing and the reading.
            parents[int(entry.name)] = int(after_name[1])
    family = {root}
    while True:
        grown = family | {pid for pid, parent in parents.items() if parent in family}
        if grown == family:
            return family
        family = grown


def _resident_bytes(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    kilobytes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return 1024 * int(kilobytes[0]) if kilobytes else 0

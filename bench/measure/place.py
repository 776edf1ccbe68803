"""Where things are: the project, the folder of the benchmark, and its ports."""
import os
import signal
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BENCH = PROJECT / "bench"
FOLDER = Path(os.environ.get("BENCH_DIR", "/var/tmp/caravan-bench"))
STATE = FOLDER / "state"
PORT = int(os.environ.get("BENCH_PORT", "13500"))
SINK_PORT = PORT + 9
BROKER_PORT = PORT + 8
HTTP_PORT = PORT + 7
IMAP_PORT = PORT + 6
# Not used in the same measurement as the two before.
WORLD_PORT = PORT + 6
DNS_PORT = PORT + 7

ENVIRONMENT = dict(os.environ, BENCH_DIR=str(FOLDER), BENCH_PORT=str(PORT))
PEERS = ["postfix", "opensmtpd", "exim", "sendmail", "haraka"]


class Failure(Exception):
    """A measurement that could not be made; the words say why."""


def jdk(tool):
    """A program of the JDK that runs the server."""
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/{tool}" if home else tool


def classpath():
    """Of the programs in java/, which the installation of caravan compiles."""
    return f"{STATE / 'classes'}:{PROJECT}/target/caravan.jar:{PROJECT}/target/lib/*"


def call(command, limit):
    """Runs a command to its end and returns what it printed; with all it started, it ends when we are ended."""
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True) as process:
        try:
            printed = process.communicate(timeout=limit)[0].strip()
        except BaseException as e:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended just now
            if isinstance(e, subprocess.TimeoutExpired):
                raise Failure(f"no end of {Path(command[0]).name} within {limit:.0f} s") from e
            raise
    if process.returncode:
        raise Failure(f"{Path(command[0]).name} ended with {process.returncode}: {printed[-300:]}")
    return printed


def note_process(name, pid):
    """Remembers a process, in case that we are killed and cannot end it."""
    (STATE / f"{name}.pid").write_text(str(pid), encoding="ascii")


def end_leftover(name, word):
    """Ends the process of that name which an earlier, killed run left; its command line must have the word."""
    noted = STATE / f"{name}.pid"
    try:
        pid = int(noted.read_text(encoding="ascii"))
        noted.unlink()
        if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError):
        pass  # there is none

"""Load and sink: Postfix's smtp-source and smtp-sink; java/TlsLoad for what comes over TLS."""
import re
import select
import subprocess
import time
from dataclasses import dataclass

from . import place, smtp
from .place import Failure

ROOT = place.FOLDER / "peers" / "postfix"


@dataclass(frozen=True)
class Load:
    """How mail is sent: octets of each, sessions at once, whether they keep their connection, recipients of each, TLS."""

    mails: int
    sessions: int
    octets: int = 4096
    reuse: bool = False
    recipients: int = 1
    tls: bool = False

    def send(self, target, limit, begins=lambda: None):
        """Sends all; calls begins() when the first is about to be sent. Returns the seconds it took."""
        if self.tls:
            with TlsClient(target, "kept" if self.reuse else "new", self.mails, self.sessions, self.octets) as client:
                client.answer(limit, "ready")
                begins()
                client.go_on()
                return float(client.answer(limit))
        begins()
        command = ["chroot", str(ROOT), "/usr/sbin/smtp-source", "-4", "-s", str(self.sessions), "-l", str(self.octets),
                   "-m", str(self.mails), "-r", str(self.recipients), "-f", "sender@bench.test",
                   "-t", "recipient@example.test", *(["-d"] if self.reuse else []), "%s:%d" % target]
        began = time.monotonic()
        place.call(command, limit)
        return time.monotonic() - began


class TlsClient:
    """A run of java/TlsLoad."""

    def __init__(self, target, *words):
        command = [place.jdk("java"), "-Xmx256m", "-XX:+UseSerialGC", "-cp", place.classpath(), "TlsLoad", target[0],
                   *(str(word) for word in (target[1], *words))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def answer(self, limit, expected=""):
        """The next line that it prints."""
        if not select.select([self.process.stdout], [], [], limit)[0]:
            raise Failure(f"no end of TlsLoad within {limit:.0f} s")
        line = self.process.stdout.readline().strip()
        if not line or line.startswith("failed") or (expected and line != expected):
            raise Failure(f"TlsLoad: {line or 'ended'}")
        return line

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()


class Sink:
    """Takes and counts mail."""

    def __init__(self):
        self.log = place.STATE / "smtp-sink.log"
        self.process = None

    def start(self):
        place.end_leftover("smtp-sink", f":{place.SINK_PORT}")
        command = ["chroot", str(ROOT), "/usr/sbin/smtp-sink", "-4", "-c", "-u", "nobody", "-m", "2000",
                   f"127.0.0.1:{place.SINK_PORT}", "4096"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        place.note_process("smtp-sink", self.process.pid)
        if not smtp.wait_until_ready(("127.0.0.1", place.SINK_PORT), 10) or self.process.poll() is not None:
            raise Failure(f"smtp-sink does not run on port {place.SINK_PORT} (BENCH_PORT chooses others)")

    def count(self):
        with open(self.log, "rb") as log:
            log.seek(max(0, log.seek(0, 2) - 200))
            counts = re.findall(rb"mesg=(\d+)", log.read())
        return int(counts[-1]) if counts else 0

    def wait_for(self, count, until):
        while self.count() < count:
            if time.monotonic() > until:
                raise Failure(f"{count - self.count()} mails did not arrive in time")
            time.sleep(0.02)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

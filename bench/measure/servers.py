"""The servers that are measured: started, stopped, counted, restarted."""
import shutil
import signal
import subprocess
import time

from . import certificates, costs, place, smtp
from .place import Failure

START_LIMIT = 180
# Mail goes to the hosts of world.py: as shipped; Postfix with 1,000 processes; with retries; with 12,000 in hand; with
# parked mail.
SLOW_MODES = ("slow", "slow-1000", "slow-retries", "slow-10000", "parked")
# A full queue may take its time to come back, and a clean stop to write its index.
STOP_LIMIT = 120
PURGE_LIMIT = 600
BUILD_LIMIT = 1200


class Peer:
    """A mail server of others, by way of peers.sh."""

    compiles = False

    def __init__(self, name):
        self.name = name
        self.target = ("127.0.0.1", place.PORT + 1 + place.PEERS.index(name))
        self.compiles = name == "haraka"
        self.mode = None

    def _ask(self, *words, limit=START_LIMIT):
        try:
            return place.call([str(place.BENCH / "peers.sh"), words[0], self.name, *words[1:]], limit)
        except Failure as e:
            raise Failure(f"{self.name}, {words[0]}: {e}") from e

    def install(self):
        try:
            self._ask("installed")
        except Failure:
            print(f"installing {self.name}, once", flush=True)
            self._ask("install", limit=BUILD_LIMIT)

    def version(self):
        return self._ask("version")

    def start(self, mode):
        """Starts with an empty queue."""
        self.stop()
        self.purge()
        if mode in certificates.MODES:
            certificates.make(mode)
        self.mode = mode
        self._ask("start", mode)

    def restart(self):
        """Stops and starts with the queue as it is; returns the seconds from the start until SMTP answers."""
        self._ask("stop", limit=STOP_LIMIT)
        began = time.monotonic()
        self._ask("start", self.mode)
        return time.monotonic() - began

    def stop(self):
        self.mode = None
        self._ask("stop", limit=STOP_LIMIT)

    def purge(self):
        self._ask("purge", limit=PURGE_LIMIT)

    def pid(self):
        return int(self._ask("pid") or 0)

    def queued(self):
        return int(self._ask("queued"))


class Caravan:
    """This project's server, with a home of its own."""

    compiles = True

    def __init__(self):
        self.name = "caravan"
        self.target = ("127.0.0.1", place.PORT)
        self.home = place.FOLDER / "caravan-home"
        self.broker = f"tcp://127.0.0.1:{place.BROKER_PORT}"
        self.process = self.watch = self.mode = None
        self.ready_seconds = 0.0

    def install(self):
        print("building caravan, if it is not built", flush=True)
        place.call([str(place.PROJECT / "caravan"), "--version"], BUILD_LIMIT)
        classes = place.STATE / "classes"
        classes.mkdir(parents=True, exist_ok=True)
        sources = sorted(str(file) for file in (place.BENCH / "java").glob("*.java"))
        place.call([place.jdk("javac"), "-nowarn", "-d", str(classes), "-cp", place.classpath(), *sources], START_LIMIT)
        # The first start of a build may prepare what later ones use; it belongs to no measurement.
        try:
            self.start("accept")
        finally:
            self.stop()
            self.purge()

    def version(self):
        return place.call(["git", "-C", str(place.PROJECT), "describe", "--always", "--dirty"], START_LIMIT)

    def _settings(self):
        settings = {
            "mail.hostname": "caravan.bench.test",
            "smtp.listen": "%s:%d" % self.target,
            "http.listen": "",
            # All load comes from one address; a limit would refuse it.
            "smtp.max-connections-per-address": "10000",
        }
        if self.mode in SLOW_MODES:
            settings |= {"delivery.port": str(place.WORLD_PORT), "dns.servers": f"127.0.0.1:{place.DNS_PORT}"}
        else:
            settings["delivery.smarthost"] = f"127.0.0.1:{place.SINK_PORT}"
        if self.mode != "relay" and self.mode not in SLOW_MODES:
            settings["delivery.paused"] = "true"
        if self.mode in ("defer", "submit", "slow-retries", "parked"):
            settings["broker.listen"] = self.broker
        if self.mode == "submit":
            settings |= {"http.listen": f"127.0.0.1:{place.HTTP_PORT}", "pickup.folder": "pickup"}
        if self.mode in certificates.MODES:
            settings["tls.certificate"] = str(certificates.file(self.mode))
        if self.mode == "mailbox":
            settings |= {"mailbox.server": f"imap://127.0.0.1:{place.IMAP_PORT}", "mailbox.user": "bench",
                         "mailbox.password-file": "mailbox.password", "mailbox.to": "recipient@example.test",
                         "mailbox.poll-interval": "1s"}
        if self.mode == "slow-10000":
            # Files are open for both kinds of connections, and a process may have 20,000 here and there.
            settings |= {"delivery.max-in-hand": "12000", "smtp.max-connections": "1000"}
        return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]

    def start(self, mode):
        """Starts with an empty home."""
        self.stop()
        if mode in certificates.MODES:
            certificates.make(mode)
        self.purge()
        self.home.mkdir(parents=True)
        (self.home / "pickup").mkdir()
        password = self.home / "mailbox.password"
        password.touch(mode=0o600)
        password.write_text("secret\n", encoding="ascii")
        self.mode = mode
        self._launch()

    def _launch(self):
        command = [str(place.PROJECT / "caravan"), "run", "--home", str(self.home), *self._settings()]
        command = costs.in_group(self.name, command)
        out, log = self.home / "out", self.home / "log"
        with open(out, "wb") as stdout, open(log, "ab") as stderr:
            began = time.monotonic()
            # A session of its own: Ctrl-C is for us, and we stop it.
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                                            start_new_session=True)
        place.note_process(self.name, self.process.pid)
        while b"caravan ready" not in out.read_bytes():
            if self.process.poll() is not None or time.monotonic() - began > START_LIMIT:
                raise Failure(f"caravan is not ready: {self._last_words()}")
            time.sleep(0.005)
        self.ready_seconds = time.monotonic() - began

    def _last_words(self):
        lines = (self.home / "log").read_text(errors="replace").splitlines()
        return " | ".join(lines[-3:]) or "no log"

    def restart(self):
        """Stops and starts with the queue as it is; returns the seconds from the start until SMTP answers."""
        self._end(signal.SIGTERM)
        return self._return()

    def crash(self):
        """The same after a kill -9."""
        self._end(signal.SIGKILL)
        return self._return()

    def _return(self):
        began = time.monotonic()
        self._launch()
        if not smtp.wait_until_ready(self.target, START_LIMIT):
            raise Failure("caravan does not answer after a restart")
        return time.monotonic() - began

    def _end(self, sign):
        if self.watch:
            self.watch.stdin.close()
            _end(self.watch, None)
            self.watch = None
        if self.process:
            _end(self.process, sign)
            self.process = None

    def stop(self):
        self._end(signal.SIGTERM)
        place.end_leftover(self.name, str(self.home))
        costs.forget_group(self.name)
        self.mode = None

    def purge(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def pid(self):
        return self.process.pid

    def look(self, question):
        """Asks java/Depths, which is started at the first question: pairs of a name and a number."""
        if self.watch is None:
            self.watch = subprocess.Popen(
                [place.jdk("java"), "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                 str(place.STATE / "classes"), "Depths", str(self.pid())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                start_new_session=True)
        try:
            self.watch.stdin.write(question + "\n")
            self.watch.stdin.flush()
        except OSError as e:
            raise Failure("caravan cannot be looked into by JMX") from e
        answer = {}
        for line in iter(self.watch.stdout.readline, "\n"):
            if not line:
                raise Failure("caravan cannot be looked into by JMX")
            name, number = line.split()
            answer[name] = int(number)
        return answer

    def queued(self):
        return sum(depth for queue, depth in self.look("depths").items() if queue.startswith("mail."))

    def heap_mib(self):
        """The heap in use after a collection."""
        return self.look("heap")["heap"] / (1 << 20)

    def delivered_ids(self):
        """The item of every delivery so far, from the log."""
        with open(self.home / "log", encoding="utf-8", errors="replace") as log:
            return [line.split(" - ", 1)[1].split()[0] for line in log if " delivered to=" in line]

    def submit(self, count, octets, limit):
        """Puts messages into mail.submit, as a program does; only in mode submit. Returns when the first was sent."""
        command = [place.jdk("java"), "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp",
                   place.classpath(), "Submit", self.broker, str(count), str(octets)]
        return int(place.call(command, limit).split()[-1]) / 1000

    def fill(self, queue, count, octets, due_millis, limit, domain="example.test", domains=1):
        """Puts deferred mail into a retry queue; only in a mode with a port of the broker.

        The domain may have %d, for which each message has one of so many numbers.
        """
        command = [place.jdk("java"), "-Xmx256m", "-cp", place.classpath(), "Fill", self.broker,
                   queue, str(count), str(octets), str(due_millis), domain, str(domains)]
        place.call(command, limit)

    def drain(self, queue, count, seconds):
        """Begins to take so many messages out of a queue, whatever delivers them; only in mode defer."""
        command = [place.jdk("java"), "-Xmx256m", "-cp", place.classpath(), "Drain", self.broker,
                   queue, str(count), str(int(seconds * 1000))]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, start_new_session=True)


def _end(process, sign):
    """Ends a process of ours; if it does not end by itself, for good."""
    if sign:
        process.send_signal(sign)
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

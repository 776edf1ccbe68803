"""Workloads whose mail goes to hosts that answer slowly."""
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from . import costs, place, smtp, world
from .costs import Costs
from .place import Failure

LOADERS = 20
SAMPLE_SECONDS = 5
CONTENT_OCTETS = 4096
# Of twenty domains one is a tarpit, five are slow, the others quick.
SHARE = 20
SLOW_OF_SHARE = 5


class World:
    """The hosts, as a process that starts and ends with a measurement."""

    def __enter__(self):
        program = place.BENCH / "measure" / "world.py"
        place.end_leftover("world", str(program))
        self.process = subprocess.Popen([sys.executable, str(program), str(place.WORLD_PORT), str(place.DNS_PORT)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        place.note_process("world", self.process.pid)
        if self.process.stdout.readline().strip() != "ready":
            raise Failure(f"no slow hosts at the ports {place.WORLD_PORT} and {place.DNS_PORT} (BENCH_PORT chooses others)")
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def kind_of(number):
    of_share = number % SHARE
    return "tarpit" if of_share == 0 else "slow" if of_share <= SLOW_OF_SHARE else "quick"


@dataclass(frozen=True)
class Sent:
    """The seconds it took to send all, and when each recipient's message was taken."""

    seconds: float
    at: dict


def send(target, recipients):
    """Sends a message to each of these by several sessions at once, in about this order."""
    line = b"x" * 76 + b"\r\n"
    content = (b"From: <sender@bench.test>\r\nSubject: slow world\r\n\r\n" + line * (CONTENT_OCTETS // len(line)) + b".")
    waiting, at, failures, lock = list(reversed(recipients)), {}, [], threading.Lock()

    def loader():
        try:
            session = smtp.Session(target)
            session.ehlo()
            while True:
                with lock:
                    if not waiting:
                        break
                    recipient = waiting.pop()
                session.send(content, recipient)
                at[recipient] = time.time()
            session.close()
        except OSError as e:
            failures.append(e)

    began = time.monotonic()
    threads = [threading.Thread(target=loader) for _ in range(min(LOADERS, len(recipients)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Failure(f"not all mail was taken: {failures[0]}")
    return Sent(time.monotonic() - began, at)


class Samples:
    """The most memory, processes and threads that a server had."""

    def __init__(self, server):
        self.server, self.most, self.next = server, {}, 0.0

    def take(self):
        if time.monotonic() < self.next:
            return
        for name, value in costs.memory(self.server.pid()).items():
            self.most["most_" + name] = max(value, self.most.get("most_" + name, 0))
        self.next = time.monotonic() + SAMPLE_SECONDS


def slow_world(server, load, scene):
    """A thousand domains, three messages each: how long until those of each kind are away."""
    domains = load.mails // 3
    by_kind = {kind: [] for kind in ("quick", "slow", "tarpit")}
    recipients = []
    for each in range(3):
        for number in range(domains):
            kind = kind_of(number)
            recipients.append(f"m{each}@{world.domain(kind, number)}")
            by_kind[kind].append(recipients[-1])
    with World() as hosts:
        spent, samples = Costs(server, place.FOLDER), Samples(server)
        began = time.time()
        sent = send(server.target, recipients)
        _wait(hosts, len(recipients), scene.slow_limit, samples)
        state, arrived = hosts.ask("count"), hosts.ask("arrived")
    if state["doubled"]:
        raise Failure(f"{len(state['doubled'])} messages came twice")
    figures = {"take_s": sent.seconds}
    quick, slow, tarpits = (sorted(arrived[r] - began for r in by_kind[kind] if r in arrived) for kind in by_kind)
    if len(quick) + len(slow) < len(by_kind["quick"]) + len(by_kind["slow"]):
        figures["quick_slow_missing"] = len(by_kind["quick"]) + len(by_kind["slow"]) - len(quick) - len(slow)
    else:
        figures["quick_slow_s"] = max(quick[-1], slow[-1])
        figures["to_goal"] = figures["quick_slow_s"] / (sent.seconds + 6)
    if len(quick) >= 0.95 * len(by_kind["quick"]):
        figures["quick_95_s"] = quick[int(len(by_kind["quick"]) * 0.95) - 1]
    if len(tarpits) == len(by_kind["tarpit"]):
        figures["tarpits_s"] = tarpits[-1]
    else:
        figures["tarpits_missing"] = len(by_kind["tarpit"]) - len(tarpits)
    figures |= {"most_connections": state["most"], "connections": state["connections"]}
    return figures | samples.most | spent.per_mail(len(recipients))


def _wait(hosts, count, limit, samples):
    """Until so many messages have arrived, or the time is up."""
    end = time.monotonic() + limit
    while hosts.ask("count")["arrived"] < count and time.monotonic() < end:
        samples.take()
        time.sleep(0.2)


def hosts_10000(server, load, scene):
    """A connection to each of ten thousand hosts at once, and then mail for quick ones."""
    hosts_count = load.mails
    tarpits = [f"m@{world.domain('tarpit', number)}" for number in range(hosts_count)]
    quick = [f"m{each}@{world.domain('quick', number)}" for each in range(10) for number in range(20)]
    with World() as hosts:
        samples = Samples(server)
        sent = send(server.target, tarpits)
        end = time.monotonic() + scene.limit
        while hosts.ask("count")["open"] < hosts_count and time.monotonic() < end:
            samples.take()
            time.sleep(0.2)
        figures = {"take_s": sent.seconds, "held": hosts.ask("count")["most"], "asked": hosts_count}
        added = send(server.target, quick)
        _wait(hosts, len(quick), 30, samples)
        arrived = hosts.ask("arrived")
        waits = sorted(arrived[r] - added.at[r] for r in quick if r in arrived)
        figures |= {"quick": len(quick), "quick_within_2s": sum(wait <= 2 for wait in waits),
                    "quick_max_s": waits[-1] if len(waits) == len(quick) else float("inf")}
        _wait(hosts, hosts_count + len(quick), scene.slow_limit, samples)
        state = hosts.ask("count")
    if state["doubled"]:
        raise Failure(f"{len(state['doubled'])} messages came twice")
    return figures | {"arrived": state["arrived"]} | samples.most


def retries_slow(server, load, scene):
    """Retries for slow and dead domains that are due together: how long new mail for quick domains takes meanwhile."""
    quick = lambda number: f"n{number}@{world.domain('quick', number % 50)}"  # noqa: E731
    with World() as hosts:
        samples = Samples(server)
        alone = _trickle(server, hosts, [quick(number) for number in range(100)])
        due = time.time() + 10 + scene.burst / 2000
        server.fill("mail.retry.15m", scene.burst, 1024, int(due * 1000), scene.slow_limit, "h%d.slow.world.test", 300)
        time.sleep(max(0.0, due - time.time()))
        beside = _trickle(server, hosts, [quick(number) for number in range(100, 700)])
        samples.take()
    if not alone or len(beside) < 300:
        raise Failure(f"{len(alone)} and {len(beside)} of the new messages arrived (expected: 100 and 600)")
    late = float("inf") if len(beside) < 600 else beside[-1]
    return {"alone_max_s": alone[-1], "beside_median_s": beside[299], "beside_missing": 600 - len(beside),
            "beside_max_s": late} | samples.most


def parked_million(server, load, scene):
    """Mail for many quick domains, without and with mail parked for one slow domain, and the same after a kill -9."""
    with World() as hosts:
        samples = Samples(server)
        _first_attempts(server, hosts, load, scene, "warm")
        figures = _named("without", _first_attempts(server, hosts, load, scene, "without"))
        began = time.monotonic()
        server.fill("mail.deliver.smtp", scene.parked, 1024, int(time.time() * 1000), scene.parked_limit,
                    world.domain("tarpit", 0))
        figures |= {"parked": _wait_parked(server, scene), "park_s": time.monotonic() - began}
        figures |= _named("with", _first_attempts(server, hosts, load, scene, "with"))
        samples.take()
        figures["restart_s_after_kill"] = server.crash()
        _wait_parked(server, scene)
        # What a server does once after its start is not counted twice.
        _first_attempts(server, hosts, load, scene, "again")
        figures |= _named("killed", _first_attempts(server, hosts, load, scene, "killed"))
        samples.take()
        left, state = _parked(server.look("depths")), hosts.ask("count")
    if left < 0.9 * scene.parked:
        raise Failure(f"{left} messages are parked at the end (expected: most of {scene.parked})")
    # A tarpit's final reply that came between the kill and its settling.
    figures |= {"doubled": len(state["doubled"])}
    for name in ("with", "killed"):
        figures[f"cpu_{name}_to_without"] = figures[f"{name}_cpu_ms_per_mail"] / figures["without_cpu_ms_per_mail"]
    return figures | samples.most


def _named(name, figures):
    return {f"{name}_{metric}": value for metric, value in figures.items()}


def _first_attempts(server, hosts, load, scene, name):
    """Many messages for a thousand quick domains: the CPU of each; and ten a second more: how long these take."""
    recipients = [f"{name}{number}@{world.domain('quick', number % 1000)}" for number in range(load.mails)]
    spent = Costs(server, place.FOLDER)
    sent = send(server.target, recipients)
    begun = hosts.ask("count")["arrived"]
    end = time.monotonic() + scene.slow_limit
    arrived = {}
    while time.monotonic() < end and not all(recipient in arrived for recipient in recipients):
        time.sleep(1)
        arrived = hosts.ask("arrived")
    missing = sum(recipient not in arrived for recipient in recipients)
    if missing:
        raise Failure(f"{missing} of {len(recipients)} messages for quick domains did not arrive; {begun} when all were taken")
    figures = {"cpu_ms_per_mail": spent.per_mail(len(recipients))["cpu_ms_per_mail"], "take_s": sent.seconds}
    waits = _trickle(server, hosts, [f"{name}-t{number}@{world.domain('quick', 2000 + number)}" for number in range(100)])
    if len(waits) < 100:
        raise Failure(f"{100 - len(waits)} of 100 single messages did not arrive")
    return figures | {"single_median_s": waits[50], "single_max_s": waits[-1]}


def _parked(depths):
    return sum(depth for queue, depth in depths.items() if queue.startswith("mail.parked."))


def _wait_parked(server, scene):
    """Until nothing moves to lanes any more; returns how many are there."""
    end = time.monotonic() + scene.parked_limit
    while True:
        depths = server.look("depths")
        if depths.get("mail.deliver.smtp", 0) < 100 and _parked(depths) > 0.9 * scene.parked:
            return _parked(depths)
        if time.monotonic() > end:
            raise Failure(f"{_parked(depths)} are parked (expected: most of {scene.parked})")
        time.sleep(1)


def _trickle(server, hosts, recipients):
    """Sends ten messages a second; returns the seconds each took, in their order."""
    at = {}
    for recipient in recipients:
        at |= send(server.target, [recipient]).at
        time.sleep(0.1)
    end = time.monotonic() + 30
    arrived = {}
    while time.monotonic() < end and not all(recipient in arrived for recipient in recipients):
        time.sleep(0.5)
        arrived = hosts.ask("arrived")
    return sorted(arrived[recipient] - at[recipient] for recipient in recipients if recipient in arrived)

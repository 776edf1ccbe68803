"""The workloads: what is sent, and what is noted of it. Each returns figures: a metric's name and its number."""
import time
from dataclasses import dataclass, replace
from typing import Callable

from . import costs, place, slow, smtp, sources
from .costs import Costs
from .load import Load, TlsClient
from .place import Failure

RETRY_QUEUE = "mail.retry.15m"
DELIVER_QUEUE = "mail.deliver.smtp"
# A deferred mail of the backlog and of the burst of retries.
DEFERRED_OCTETS = 1024
SETTLE_SECONDS = 30


@dataclass
class Scene:
    """What a workload is given besides its server."""

    sink: object
    limit: float
    idle: int
    backlog: int
    peer_backlog: int
    burst: int
    slow_limit: float
    parked: int
    parked_limit: float


def accept(server, load, scene):
    before = server.queued()
    heap = server.heap_mib() if server.name == "caravan" and load.octets > 1 << 20 else None
    spent = Costs(server, place.FOLDER)
    seconds = load.send(server.target, scene.limit, spent.begin)
    figures = {"mails_per_s": load.mails / seconds} | spent.per_mail(load.mails)
    if load.recipients > 1:
        figures["recipients_per_s"] = load.mails * load.recipients / seconds
    if heap is not None:
        figures["heap_growth_mib"] = server.heap_mib() - heap
    return figures | _stored(server, before, load.mails)


def _stored(server, before, sent):
    """All that was taken is in the queue; it may be counted wrong while a peer still moves it from folder to folder."""
    end = time.monotonic() + SETTLE_SECONDS
    while (found := server.queued() - before) != sent:
        if time.monotonic() > end:
            raise Failure(f"{found} mails more in the queue (expected: {sent})")
        time.sleep(0.2)
    return {"stored": found, "sent": sent}


def relay(server, load, scene):
    """The rate is until the last mail has arrived at the sink."""
    before = scene.sink.count()
    spent = Costs(server, place.FOLDER)
    began = time.monotonic()
    accepted = load.send(server.target, scene.limit)
    scene.sink.wait_for(before + load.mails, began + scene.limit)
    seconds = time.monotonic() - began
    figures = {"mails_per_s": load.mails / seconds, "accepted_per_s": load.mails / accepted,
               "drain_s": seconds - accepted} | spent.per_mail(load.mails)
    time.sleep(1)  # for what might come twice
    arrived = scene.sink.count() - before
    if arrived != load.mails:
        raise Failure(f"{arrived} mails arrived (expected: {load.mails})")
    if server.name == "caravan":
        _delivered_once(server)
    return figures | {"arrived": arrived, "sent": load.mails}


def _delivered_once(server):
    """The sink counts mails; that they are different ones, and all that were taken, is in the log."""
    delivered = server.delivered_ids()
    if len(delivered) != len(set(delivered)):
        raise Failure(f"{len(delivered) - len(set(delivered))} mails were delivered twice")
    if server.queued():
        raise Failure(f"{server.queued()} mails are left in the queues")


def latency(server, load, scene):
    times = sorted(smtp.latencies(server.target, 50, load.mails, load.octets, load.reuse))
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))]  # noqa: E731
    return {"p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": times[-1]}


def idle(server, load, scene):
    held, seconds, memory = smtp.hold_idle(server.target, scene.idle, 20, lambda: costs.memory(server.pid()))
    return {"held": held, "asked": scene.idle, "open_s": seconds} | memory


def idle_tls(server, load, scene):
    with TlsClient(server.target, "hold", scene.idle, 20) as client:
        held, seconds = client.answer(scene.limit).split()
        return {"held": int(held), "asked": scene.idle, "open_s": float(seconds)} | costs.memory(server.pid())


def backlog(server, load, scene):
    """The accept rate without and with deferred mail, then restarts with all of it."""
    figures = {"without_per_s": _rate(server, load, scene)}
    began = time.monotonic()
    if server.name == "caravan":
        size = scene.backlog
        due = int(time.time() * 1000) + 15 * 60_000
        server.fill(RETRY_QUEUE, size, DEFERRED_OCTETS, due, 900)
    else:
        size = scene.peer_backlog
        Load(size, 20, 1024, reuse=True).send(server.target, 600)
        _stored(server, 0, size + 3 * load.mails)
    figures |= {"backlog": size, "fill_s": time.monotonic() - began}
    figures["with_per_s"] = _rate(server, load, scene)
    figures["with_to_without"] = figures["with_per_s"] / figures["without_per_s"]
    before = server.queued()
    figures["restart_s"] = server.restart()
    if server.name == "caravan":
        figures["restart_s_after_kill"] = server.crash()
        figures["heap_mib"] = server.heap_mib()
        left = server.look("depths").get(RETRY_QUEUE, 0)
        if left != size:
            raise Failure(f"{left} deferred mails wait after the restarts (expected: {size})")
    _stored(server, 0, before)
    return figures | costs.memory(server.pid())


def _rate(server, load, scene):
    """The middle of three."""
    rates = []
    for _ in range(3):
        before = server.queued()
        rates.append(load.mails / load.send(server.target, scene.limit))
        _stored(server, before, load.mails)
    return sorted(rates)[1]


def start_up(server, load, scene):
    """From exec until it says that it serves; the server had been started before, so that its files are cached."""
    server.start("accept")
    return {"ready_s": server.ready_seconds}


def retry_burst(server, load, scene):
    """Deferred mail that is due all at once, taken as fast as it is moved; from the first that moves to the last."""
    due = time.time() + 20 + scene.burst / 2000
    server.fill(RETRY_QUEUE, scene.burst, DEFERRED_OCTETS, int(due * 1000), scene.limit)
    if server.look("depths").get(RETRY_QUEUE, 0) != scene.burst:
        raise Failure("some were due before all were there")
    end = time.monotonic() + scene.limit + due - time.time()
    drain = server.drain(DELIVER_QUEUE, scene.burst, end - time.monotonic())
    try:
        last_at_rest = time.monotonic()
        while (waiting := server.look("depths").get(RETRY_QUEUE, 0)) > 0:
            now = time.monotonic()
            if waiting == scene.burst:
                last_at_rest = now
            if now > end:
                raise Failure(f"{waiting} of {scene.burst} still wait")
            time.sleep(0.1)
        seconds = time.monotonic() - last_at_rest
        moved = int(drain.communicate(timeout=scene.limit)[0])
    finally:
        drain.kill()
        drain.wait()
    if moved != scene.burst:
        raise Failure(f"{moved} were taken (expected: {scene.burst})")
    return {"moved": moved, "moved_per_s": moved / seconds}


@dataclass(frozen=True)
class Workload:
    """What is done, in which mode the server runs, and how often: in every round, or once with a server just started."""

    name: str
    mode: str
    measure: Callable
    load: Load = Load(0, 0)
    once: bool = False
    only: tuple = ()
    repeats: int = 1
    warm: bool = False

    def is_for(self, name):
        return not self.only or name in self.only

    def for_server(self, name, mails):
        """With fewer mails where somebody asked for it, or where a peer would take minutes for all."""
        count = min([self.load.mails] + [FEWER.get((name, self.name), self.load.mails)] + ([mails] if mails else []))
        return replace(self.load, mails=count)


# Exim waits 200 ms at the end of each connection and 5 ms between mails; OpenSMTPD relays some 15 mails a second.
FEWER = {
    ("opensmtpd", "relay-4k-s20"): 300,
    ("opensmtpd", "relay-4k-s100"): 300,
    ("opensmtpd", "relay-4k-s20-d"): 300,
    ("exim", "accept-4k-s1"): 50,
    ("exim", "accept-4k-s20"): 500,
    ("exim", "accept-4k-s100"): 1500,
    ("exim", "accept-64k-s20"): 500,
    ("exim", "relay-4k-s20"): 1000,
    ("exim", "relay-4k-s100"): 1500,
    ("exim", "relay-4k-s20-d"): 1500,
    ("exim", "backlog"): 500,
    ("sendmail", "relay-4k-s20"): 2000,
    ("sendmail", "relay-4k-s100"): 2000,
    ("sendmail", "relay-4k-s20-d"): 2000,
}

ALL = [
    Workload("accept-4k-s1", "accept", accept, Load(1000, 1)),
    Workload("accept-4k-s1-d", "accept", accept, Load(1000, 1, reuse=True)),
    Workload("accept-4k-s20", "accept", accept, Load(5000, 20)),
    Workload("accept-4k-s20-d", "accept", accept, Load(5000, 20, reuse=True)),
    Workload("accept-4k-s100", "accept", accept, Load(5000, 100)),
    Workload("accept-4k-s100-d", "accept", accept, Load(5000, 100, reuse=True)),
    Workload("accept-64k-s20", "accept", accept, Load(2000, 20, octets=65536)),
    Workload("accept-10m-s4", "accept", accept, Load(20, 4, octets=10 << 20)),
    Workload("rcpts-50", "accept", accept, Load(200, 20, recipients=50)),
    Workload("latency-new", "accept", latency, Load(300, 1)),
    Workload("latency-reused", "accept", latency, Load(300, 1, reuse=True)),
    Workload("relay-4k-s20", "relay", relay, Load(5000, 20)),
    Workload("relay-4k-s100", "relay", relay, Load(5000, 100)),
    Workload("relay-4k-s20-d", "relay", relay, Load(5000, 20, reuse=True)),
    *(Workload(f"tls-{kept}-{key}", f"tls-{key}", accept, Load(5000, 20, reuse=kept == "kept", tls=True),
               only=("caravan", "postfix")) for key in ("ec", "rsa") for kept in ("new", "kept")),
    Workload("submit-smtp", "submit", accept, Load(10000, 20, reuse=True), only=("caravan",)),
    Workload("submit-http", "submit", sources.http, Load(10000, 20), only=("caravan",)),
    Workload("submit-json", "submit", sources.document, Load(10000, 20), only=("caravan",)),
    Workload("submit-jms", "submit", sources.jms, Load(20000, 4), only=("caravan",)),
    Workload("submit-pickup", "submit", sources.pickup, Load(10000, 1), only=("caravan",)),
    Workload("submit-sendmail", "submit", sources.sendmail, Load(10000, 1), only=("caravan",)),
    Workload("submit-imap", "mailbox", sources.imap, Load(2000, 1), only=("caravan",)),
    Workload("start-up", "accept", start_up, once=True, only=("caravan",), repeats=5),
    Workload("idle-5000", "accept", idle, once=True),
    Workload("idle-tls-5000", "tls-ec", idle_tls, once=True, only=("caravan", "postfix")),
    Workload("backlog", "defer", backlog, Load(5000, 20), once=True, warm=True),
    Workload("retry-burst", "defer", retry_burst, once=True, only=("caravan",), warm=True),
    Workload("slow-world", "slow", slow.slow_world, Load(3000, 20), once=True, only=("caravan", "postfix")),
    Workload("slow-world-1000", "slow-1000", slow.slow_world, Load(3000, 20), once=True, only=("postfix",)),
    Workload("slow-retries", "slow-retries", slow.retries_slow, once=True, only=("caravan",)),
    Workload("parked-million", "parked", slow.parked_million, Load(100000, 20), once=True, only=("caravan",)),
    Workload("hosts-10000", "slow-10000", slow.hosts_10000, Load(10000, 20), once=True, only=("caravan",)),
]

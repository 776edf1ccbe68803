"""What Caravan wants to reach."""
import statistics
from dataclasses import dataclass
from typing import Optional

US, REFERENCE = "caravan", "postfix"
RATE, CPU = "mails_per_s", "cpu_ms_per_mail"


@dataclass(frozen=True)
class Verdict:
    """One goal: in words, what was found, and whether it is met."""

    workload: str
    goal: str
    found: str
    met: bool


@dataclass(frozen=True)
class Goal:
    """A bound on a metric, or on its ratio to the reference, or on all others; at_least tells lower from upper."""

    metric: str
    words: str
    bound: float
    at_least: bool
    to: str = ""  # empty: the figure itself; "reference": the ratio to it; "all": to the best of the others

    def verdict(self, figures, workload) -> Optional[Verdict]:
        ours = figures.values(workload, US, self.metric)
        if not ours:
            return None
        value, shown = statistics.median(ours), ""
        if self.to:
            others = [REFERENCE] if self.to == "reference" else [s for s in figures.servers() if s != US]
            medians = {s: statistics.median(v) for s in others if (v := figures.values(workload, s, self.metric))}
            if not medians or (self.to == "all" and len(medians) < 2):
                return None
            best = (max if self.at_least else min)(medians, key=medians.get)
            if not medians[best]:
                return None
            value /= medians[best]
            shown = f" ({best})" if self.to == "all" else ""
        met = value >= self.bound if self.at_least else value <= self.bound
        return Verdict(workload, f"{self.words} {'>=' if self.at_least else '<='} {self.bound:g}",
                       f"{value:.3g}{shown}", met)


def _beside(rate, cpu, ahead=False):
    goals = [Goal(RATE, "rate to Postfix", rate, True, "reference"), Goal(CPU, "CPU to Postfix", cpu, False, "reference")]
    if ahead:
        goals += [Goal(RATE, "rate to the fastest peer", 1, True, "all")]
    return goals


_LATENCY = [Goal("p50_ms", "p50 to Postfix", 1, False, "reference"), Goal("p99_ms", "p99 to Postfix", 1, False, "reference")]
_DURABLE = [Goal("disk_flushes_per_mail", "flushes per mail", 0.9, True)]

GOALS = {
    "accept-4k-s1": _beside(1, 0.8) + _DURABLE,
    "accept-4k-s1-d": _beside(1, 0.8) + _DURABLE,
    "accept-4k-s20": _beside(2.5, 0.4, ahead=True),
    "accept-4k-s20-d": _beside(3, 0.3, ahead=True),
    "accept-4k-s100": _beside(2.5, 0.4, ahead=True),
    "accept-4k-s100-d": _beside(4, 0.25, ahead=True),
    "accept-64k-s20": _beside(2.5, 0.4),
    "accept-10m-s4": _beside(1.5, 0.7) + [Goal("heap_growth_mib", "MiB of heap more after it", 16, False)],
    "rcpts-50": _beside(2, 0.5),
    "latency-new": _LATENCY,
    "latency-reused": _LATENCY,
    "relay-4k-s20": _beside(4, 0.35),
    "relay-4k-s100": _beside(4, 0.35),
    "tls-new-ec": _beside(1.5, 1),
    "tls-new-rsa": _beside(1.5, 1),
    "tls-kept-ec": [Goal(RATE, "rate to Postfix", 2.5, True, "reference")],
    "tls-kept-rsa": [Goal(RATE, "rate to Postfix", 2.5, True, "reference")],
    "idle-tls-5000": [Goal("held", "TLS sessions held", 5000, True), Goal("rss_mib", "resident MiB", 450, False)],
    "start-up": [Goal("ready_s", "seconds until it serves", 3, False)],
    "idle-5000": [Goal("held", "connections held", 5000, True), Goal("rss_mib", "resident MiB", 350, False)],
    "backlog": [Goal("with_to_without", "rate with deferred mail, to without", 0.8, True),
                Goal("restart_s", "seconds until SMTP answers after a restart", 5, False),
                Goal("restart_s_after_kill", "seconds until SMTP answers after a kill -9", 5, False),
                Goal("heap_mib", "MiB of heap in use", 512, False)],
    "slow-world": [Goal("to_goal", "seconds until quick and slow mail is away, to seconds to take it + 6", 1.3, False),
                   Goal("quick_slow_s", "these seconds to Postfix", 0.1, False, "reference"),
                   Goal("tarpits_s", "seconds until the tarpits' mail is away", 240, False),
                   Goal("most_threads", "threads", 119, False), Goal("most_rss_mib", "resident MiB", 399, False)],
    "slow-retries": [Goal("beside_max_s", "seconds that new mail takes beside retries", 2, False)],
    "parked-million": [Goal("cpu_with_to_without", "CPU with parked mail, to without", 1.1, False),
                       Goal("cpu_killed_to_without", "the same after a kill -9", 1.1, False),
                       Goal("with_single_max_s", "seconds that a message for another domain takes", 1, False),
                       Goal("killed_single_max_s", "the same after a kill -9", 1, False)],
    "hosts-10000": [Goal("held", "connections at once", 10000, True),
                    Goal("quick_within_2s", "of 200 quick messages within 2 s", 200, True)],
    "retry-burst": [Goal("moved_per_s", "mails moved a second", 10000, True)],
}


def verdicts(figures):
    """Of all goals whose figures are there."""
    return [verdict for workload, goals in GOALS.items() for goal in goals
            if (verdict := goal.verdict(figures, workload)) is not None]

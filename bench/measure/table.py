"""Figures as Markdown."""
import statistics

from .goals import REFERENCE, US, verdicts

# One table each: a row for every workload, a column for every server.
OVERVIEWS = {
    "mails_per_s": "Mails a second",
    "cpu_ms_per_mail": "CPU of the server, milliseconds per mail",
    "disk_flushes_per_mail": "Flushes of the whole disk per mail",
    "p50_ms": "Latency, milliseconds, half of the mails",
    "p99_ms": "Latency, milliseconds, 99 of 100 mails",
}
_SLOW = ["take_s", "quick_95_s", "quick_slow_s", "quick_slow_missing", "tarpits_s", "tarpits_missing", "most_connections",
         "most_processes", "most_threads", "most_rss_mib", "most_pss_mib"]
# These have tables of their own: a row for every server, a column for every metric.
SINGLE = {
    "idle-5000": ["held", "open_s", "processes", "rss_mib", "pss_mib"],
    "idle-tls-5000": ["held", "open_s", "processes", "rss_mib", "pss_mib"],
    "backlog": ["backlog", "without_per_s", "with_per_s", "with_to_without", "restart_s", "restart_s_after_kill",
                "heap_mib", "rss_mib"],
    "start-up": ["ready_s"],
    "retry-burst": ["moved", "moved_per_s"],
    "slow-world": _SLOW,
    "slow-world-1000": _SLOW,
    "slow-retries": ["alone_max_s", "beside_median_s", "beside_max_s", "most_threads", "most_rss_mib"],
    "parked-million": ["parked", "park_s", "without_cpu_ms_per_mail", "cpu_with_to_without", "cpu_killed_to_without",
                       "without_single_max_s", "with_single_max_s", "killed_single_max_s", "restart_s_after_kill",
                       "doubled", "most_threads", "most_rss_mib"],
    "hosts-10000": ["held", "asked", "quick", "quick_within_2s", "quick_max_s", "arrived", "most_threads", "most_rss_mib"],
}


def render(figures):
    return "\n".join([*_conditions(figures), *_goals(figures), *_overviews(figures), *_singles(figures),
                      *_failures(figures)])


def number(value):
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def cell(values):
    """The median, and the lowest and highest if they differ."""
    if not values:
        return "–"
    low, high = number(min(values)), number(max(values))
    return number(statistics.median(values)) + (f" ({low}–{high})" if low != high else "")


def _rows(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _conditions(figures):
    about = figures.about()
    versions = ", ".join(f"{name.removeprefix('version_')} {version}" for name, version in about.items()
                         if name.startswith("version_"))
    warm = about.get("warm", "?")
    state = "every server started anew for each measurement" if warm == "cold" else \
        f"Caravan and Haraka measured after {warm} mails, the others at once"
    yield f"- {about.get('date')}: {about.get('machine')}; load average {about.get('load_before')} before."
    yield f"- {about.get('java')}{', JAVA_OPTS ' + about['java_opts'] if about.get('java_opts') else ''}."
    yield f"- {versions}."
    yield f"- {state}; {about.get('rounds')} rounds, the servers in turn; at most {about.get('at_most')} mails each."
    yield f"- One thread appends 4 KiB and syncs {about.get('append_and_sync_per_s')} times a second."
    yield "- Median (lowest–highest) [ratio to Postfix]."
    yield ""


def _goals(figures):
    found = verdicts(figures)
    if found:
        yield from _rows(["workload", "goal", "found", "met"],
                         [[v.workload, v.goal, v.found, "yes" if v.met else "**no**"] for v in found])


def _overviews(figures):
    servers = sorted(figures.servers(), key=lambda name: {US: 0, REFERENCE: 1}.get(name, 2))
    for metric, title in OVERVIEWS.items():
        rows = []
        for workload in figures.workloads():
            if any(figures.values(workload, server, metric) for server in servers):
                rows.append([workload, *(_beside(figures, workload, server, metric) for server in servers)])
        if rows:
            yield from _rows([title, *servers], rows)


def _beside(figures, workload, server, metric):
    values = figures.values(workload, server, metric)
    reference = figures.values(workload, REFERENCE, metric)
    shown = cell(values)
    if values and reference and server != REFERENCE and statistics.median(reference):
        shown += f" [x {statistics.median(values) / statistics.median(reference):.2f}]"
    return shown


def _singles(figures):
    for workload, metrics in SINGLE.items():
        rows = [[server, *(cell(figures.values(workload, server, metric)) for metric in metrics)]
                for server in figures.servers() if any(figures.values(workload, server, m) for m in metrics)]
        if rows:
            yield from _rows([workload, *(metric.replace("_", " ") for metric in metrics)], rows)


def _failures(figures):
    failed = [[workload, server, words.replace("|", "/")] for workload in figures.workloads()
              for server in figures.servers() if (words := figures.failure(workload, server))]
    if failed:
        yield from _rows(["not measured", "server", "why"], failed)

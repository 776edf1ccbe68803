"""What a server has cost so far: CPU time, memory, what the disk did."""
import os

TICKS = os.sysconf("SC_CLK_TCK")


def _groups():
    with open("/proc/mounts", encoding="utf-8") as mounts:
        return next((line.split()[1] for line in mounts if line.split()[2] == "cgroup2"), None)


def in_group(name, command):
    """The command, so that it runs in a control group of its own; unchanged where there are no such groups."""
    try:
        group = f"{_groups()}/caravan-bench-{name}"
        os.makedirs(group, exist_ok=True)
    except OSError:
        return command
    return ["/bin/sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group, *command]


def forget_group(name):
    """Removes the control group of a server that has ended."""
    try:
        os.rmdir(f"{_groups()}/caravan-bench-{name}")
    except OSError:
        pass  # it has none


def _group(pid):
    """The control group of a server that was put into one of its own; None for others."""
    mount = _groups()
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as groups:
        path = next((line.strip()[3:] for line in groups if line.startswith("0::")), "")
    return mount + path if mount and "/caravan-bench-" in path else None


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()


def _tree(root):
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            children.setdefault(int(_stat(name)[1]), []).append(int(name))
        except OSError:
            pass  # it has just ended
    tree, waiting = [], [root]
    while waiting:
        tree.append(waiting.pop())
        waiting += children.get(tree[-1], [])
    return tree


def cpu_seconds(pid):
    """User and system time of a server, with all it forked: of its group, or else of its process tree."""
    group = _group(pid)
    if group:
        with open(group + "/cpu.stat", encoding="ascii") as stat:
            return int(dict(line.split() for line in stat)["usage_usec"]) / 1e6
    ticks = 0
    for member in _tree(pid):
        try:
            ticks += sum(int(field) for field in _stat(member)[11:15])  # own, and of children that were waited for
        except OSError:
            pass
    return ticks / TICKS


def memory(pid):
    """Processes, threads, resident MiB, and MiB with shared pages counted once."""
    group = _group(pid)
    if group:
        with open(group + "/cgroup.procs", encoding="ascii") as members:
            pids = [int(line) for line in members]
    else:
        pids = _tree(pid)
    rss = pss = processes = threads = 0
    for member in pids:
        try:
            with open(f"/proc/{member}/smaps_rollup", encoding="ascii") as rollup:
                sizes = dict(line.split()[:2] for line in rollup.readlines()[1:])
            rss += int(sizes["Rss:"])
            pss += int(sizes["Pss:"])
            threads += len(os.listdir(f"/proc/{member}/task"))
            processes += 1
        except (OSError, ValueError, KeyError):
            pass
    return {"processes": processes, "threads": threads, "rss_mib": round(rss / 1024, 1), "pss_mib": round(pss / 1024, 1)}


def disk(folder):
    """Writes, KiB and flushes of the whole disk below a folder since boot; empty if it has no counters."""
    device = os.stat(folder).st_dev
    with open("/proc/diskstats", encoding="ascii") as stats:
        for fields in map(str.split, stats):
            if (int(fields[0]), int(fields[1])) == (os.major(device), os.minor(device)) and len(fields) > 18:
                return {"writes": int(fields[7]), "kib": int(fields[9]) / 2, "flushes": int(fields[18])}
    return {}


class Costs:
    """The costs of a server from now on."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.begin()

    def begin(self):
        """Forgets what was before."""
        self.cpu, self.disk = cpu_seconds(self.server.pid()), disk(self.folder)

    def per_mail(self, mails):
        now = disk(self.folder)
        figures = {"cpu_ms_per_mail": (cpu_seconds(self.server.pid()) - self.cpu) * 1000 / mails}
        figures |= {f"disk_{name}_per_mail": (now[name] - self.disk[name]) / mails for name in self.disk}
        return figures

"""The machine that measures: what it is, and what its disk can do."""
import os
import platform
import time

from . import place

SECONDS = 3
BLOCK = b"x" * 4096


def about():
    """What is to be known of the machine before its figures are read."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as info:
        memory = int(info.readline().split()[1]) / (1 << 20)
    mount = place.call(["findmnt", "-n", "-o", "FSTYPE", "-T", str(place.FOLDER)], 10)
    java = place.call([place.jdk("java"), "-version"], 10)
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), {memory:.0f} GiB, "
                   f"{mount}, Linux {platform.release().split('-')[0]}",
        "java": java.splitlines()[0].replace('"', ""),
        "java_opts": os.environ.get("JAVA_OPTS", ""),
        "load_before": f"{os.getloadavg()[0]:.1f}",
    }


def append_and_sync_per_s():
    """How often a second one thread can append 4 KiB to a file and have it on the disk."""
    path = place.STATE / "sync"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_TRUNC)
    try:
        began, count = time.monotonic(), 0
        while time.monotonic() - began < SECONDS:
            os.write(descriptor, BLOCK)
            os.fsync(descriptor)
            count += 1
        return count / (time.monotonic() - began)
    finally:
        os.close(descriptor)
        os.unlink(path)

"""What docs/monitoring says, asked of a running server and of a Prometheus that watches it."""

import argparse
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def get(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read().decode()


def query(server, expression):
    """The series of an expression now; ends with a failure if it is none."""
    url = f"{server}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        answer = json.loads(get(url))
    except urllib.error.HTTPError as error:
        if error.code == 503:
            # It has only just been started.
            raise
        sys.exit(f"failed: {expression}: {error.read().decode()}")
    return answer["data"]["result"]


def page(args):
    print(get(args.url), end="")


def status(args):
    try:
        with urllib.request.urlopen(args.url, timeout=30) as reply:
            print(reply.status)
    except urllib.error.HTTPError as error:
        print(error.code)


def wait(args):
    """Waits until an expression has a series with at least that value."""
    deadline = time.monotonic() + args.seconds
    seen = None
    while time.monotonic() < deadline:
        try:
            seen = query(args.server, args.expression)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if seen and any(float(series["value"][1]) >= args.value for series in seen):
            return
        time.sleep(0.2)
    sys.exit(f"failed: {args.expression} is {seen} after {args.seconds} s (expected: >= {args.value})")


def dashboard(args):
    """Every expression of the dashboard must be understood, and all must have a series but those that only show trouble."""
    with open(args.file) as file:
        panels = json.load(file)["panels"]
    ids = [panel["id"] for panel in panels]
    if len(set(ids)) != len(ids):
        sys.exit("failed: two panels have the same id")
    empty = []
    count = 0
    for panel in panels:
        for target in panel["targets"]:
            expression = target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")
            count += 1
            if not query(args.server, expression):
                empty.append(expression)
    print(f"{count} expressions, {len(empty)} without a series: {empty}")
    if len(empty) > args.empty:
        sys.exit("failed: too many expressions of the dashboard have no series")


def rules(args):
    """The alarms that Prometheus has loaded, and how each does."""
    groups = json.loads(get(f"{args.server}/api/v1/rules"))["data"]["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        print(rule["name"], rule["health"], rule["state"])
        if rule["health"] not in ("ok", "unknown"):
            sys.exit(f"failed: {rule['name']}: {rule.get('lastError')}")


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for name, step in (("page", page), ("status", status)):
        command = commands.add_parser(name)
        command.add_argument("url")
        command.set_defaults(step=step)
    command = commands.add_parser("wait")
    command.add_argument("server")
    command.add_argument("expression")
    command.add_argument("value", type=float)
    command.add_argument("seconds", type=float)
    command.set_defaults(step=wait)
    command = commands.add_parser("dashboard")
    command.add_argument("server")
    command.add_argument("file")
    command.add_argument("empty", type=int)
    command.set_defaults(step=dashboard)
    command = commands.add_parser("rules")
    command.add_argument("server")
    command.set_defaults(step=rules)
    args = parser.parse_args()
    args.step(args)


main()

#!/bin/bash
# The mail servers of others that bench/run measures beside Caravan. Needs root on Debian 12.
#
#   peers.sh install NAME...      a Debian root of its own for each, or an npm folder
#   peers.sh start NAME MODE      accept: mail is stored and held; defer: it waits for a retry; relay: on to the sink;
#                                 tls-ec, tls-rsa: as accept, with TLS (Postfix only)
#   peers.sh stop NAME            also what an earlier run left behind
#   peers.sh purge NAME           empties the queue of a stopped peer
#   peers.sh queued NAME          prints how many mails are in its queue
#   peers.sh pid NAME | version NAME | installed NAME
#
# Everything is below BENCH_DIR; all listen on the loopback net, from BENCH_PORT on.
set -u
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

BENCH_DIR=${BENCH_DIR:-/var/tmp/caravan-bench}
BENCH_PORT=${BENCH_PORT:-13500}
ROOTS=$BENCH_DIR/peers
STATE=$BENCH_DIR/state
# Used by the files in peers/. Every peer is set to take what Caravan takes.
# shellcheck disable=SC2034
SINK_PORT=$((BENCH_PORT + 9)) MAX_SIZE=52428800
mkdir -p "$STATE" "$ROOTS"
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true

die() { echo "peers.sh: $*" >&2; exit 1; }

usage() { sed -n '2,12p' "${BASH_SOURCE[0]}"; exit 2; }

in_root() { chroot "$ROOT" "$@"; }

# --- Control groups: exact CPU time of a server that forks, and a clean end of all its processes.

group() {
    local mount
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    echo "${mount:-/none}/caravan-bench-$NAME"
}

members() { cat "$(group)/cgroup.procs" 2>/dev/null; }

# Runs a command as a member of the peer's group.
run_in_group() {
    mkdir -p "$(group)" || die "no control group (expected: cgroup version 2, and root)"
    (
        echo "$BASHPID" >"$(group)/cgroup.procs" || exit 1
        exec "$@"
    )
}

# --- Installing

need() { command -v "$1" >/dev/null || missing+=("$2"); }

install_base() {
    [ -e "$ROOTS/base/.ready" ] && return
    local missing=() suite mirror
    need debootstrap debootstrap
    need python3 python3
    if ((${#missing[@]})); then
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null ||
            die "cannot install ${missing[*]}"
    fi
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        awk -v suite="$suite" '$2 == suite { print $1; exit }')
    rm -rf "$ROOTS/base"
    debootstrap --variant=minbase "$suite" "$ROOTS/base" "$mirror" >"$STATE/debootstrap.log" 2>&1 ||
        die "debootstrap failed, see $STATE/debootstrap.log"
    # The same package sources and names as the machine itself; no install script may start a service.
    rm -rf "$ROOTS/base/etc/apt"
    cp -a /etc/apt "$ROOTS/base/etc/apt"
    cp /etc/hosts /etc/resolv.conf "$ROOTS/base/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$ROOTS/base/usr/sbin/policy-rc.d"
    chmod 755 "$ROOTS/base/usr/sbin/policy-rc.d"
    chroot "$ROOTS/base" apt-get update -qq
    touch "$ROOTS/base/.ready"
}

install_packages() {
    local ended
    install_base
    rm -rf "${ROOT:?}"
    cp -a "$ROOTS/base" "$ROOT"
    DEBIAN_FRONTEND=noninteractive LC_ALL=C in_root apt-get install -y --no-install-recommends "$@" \
        >"$STATE/install-$NAME.log" 2>&1 </dev/null
    ended=$?
    # From here on nothing is looked up in the DNS, and the machine has a full name.
    printf 'nameserver 127.0.0.1\nlookup file\n' >"$ROOT/etc/resolv.conf"
    echo "127.0.0.1 localhost localhost.bench.test $(hostname).bench.test $(hostname)" >"$ROOT/etc/hosts"
    return "$ended"
}

# --- Starting and stopping

load() {
    NAME=${1:?name of a peer}
    ROOT=$ROOTS/$NAME
    [ -r "$here/peers/$NAME.sh" ] || die "no such peer: $NAME"
    # shellcheck source=/dev/null
    . "$here/peers/$NAME.sh"
}

# Processes that live in the peer's root but were not started from here, other than load and sink.
strangers() {
    local process
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/root" 2>/dev/null)" = "$ROOT" ] || continue
        case $(cat "$process/comm" 2>/dev/null) in smtp-sink | smtp-source) continue ;; esac
        members | grep -qx "${process#/proc/}" || echo "${process#/proc/}"
    done
}

# Stands in for syslogd, so that nobody waits for it; its CPU time is not the peer's.
start_log() {
    [ -d "$ROOT/dev" ] || return 0
    python3 "$here/measure/syslog.py" "$ROOT/dev/log" "$ROOT/var/log/bench" </dev/null >/dev/null 2>&1 &
    echo $! >"$STATE/$NAME.log-pid"
    local i
    for ((i = 0; i < 200; i++)); do
        [ -S "$ROOT/dev/log" ] && return
        sleep 0.05
    done
    die "$NAME: no log socket"
}

start() {
    stop
    [ -z "$(strangers)" ] || die "$ROOT is in use by processes $(strangers | tr '\n' ' ')"
    ss -Hltn "sport = :$PORT" | grep -q . && die "port $PORT is in use (BENCH_PORT chooses others)"
    configure "$1"
    start_log
    launch "$1" || die "$NAME did not start"
    python3 "$here/measure/smtp.py" "127.0.0.1:$PORT" 60 || die "$NAME does not answer on port $PORT"
    after_ready "$1"
}

after_ready() { :; }

stop() {
    local i log_pid
    quit >/dev/null 2>&1
    for ((i = 0; i < 100; i++)); do
        [ -n "$(members)" ] || break
        sleep 0.1
    done
    # Only members of the peer's own group are ended here.
    [ -z "$(members)" ] || echo 1 >"$(group)/cgroup.kill"
    log_pid=$(cat "$STATE/$NAME.log-pid" 2>/dev/null) &&
        grep -q syslog.py "/proc/$log_pid/cmdline" 2>/dev/null && kill "$log_pid"
    rm -f "$STATE/$NAME.log-pid"
    [ ! -e "$(group)" ] || rmdir "$(group)" 2>/dev/null
    [ ! -S "$ROOT/dev/log" ] || [ -n "$(strangers)" ] || rm -f "$ROOT/dev/log"
    return 0
}

command=${1:-}
shift || true
case $command in
    install)
        for name in "$@"; do
            (
                load "$name"
                [ -z "$(strangers)" ] || die "$ROOT is in use"
                install_peer || die "$name could not be installed, see $STATE/install-$name.log"
                echo "$name $(version)"
            ) || exit 1
        done ;;
    start) load "${1:-}"; start "${2:-accept}" ;;
    stop) load "${1:-}"; stop ;;
    purge) load "${1:-}"; purge ;;
    queued) load "${1:-}"; queued ;;
    pid) load "${1:-}"; main_pid ;;
    version) load "${1:-}"; version ;;
    installed) load "${1:-}"; [ -n "$(version 2>/dev/null)" ] ;;
    *) usage ;;
esac

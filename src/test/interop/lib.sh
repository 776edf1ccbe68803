# Sourced by the tests: a server in a home of its own, sinks, and waiting with a deadline.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
# Debian's own Python, for it has Debian's flufl.bounce.
python=${PYTHON:-/usr/bin/python3}
work=${INTEROP_WORK:?run the tests by run.sh}
home=$work/home
maildir=$home/data/maildir
# Debian keeps smtp-source and smtp-sink where only root's PATH looks.
PATH=$PATH:/usr/sbin

caravan_pid=
sink_pid=
smtp=

fail() {
    printf 'failed: %s\n' "$*" >&2
    exit 1
}

# wait_until SECONDS COMMAND...: true as soon as the command is, false when time is over.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

helper() { "$python" "$here/interop.py" "$@"; }

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# count FOLDER: how many files are in it and below; none if it is missing.
count() { find "$1" -type f 2>/dev/null | wc -l; }

has() { (($(count "$1") >= $2)); }

# has_lines FILE PATTERN COUNT: at least so many lines match, in any case.
has_lines() { (($(grep -ci -- "$2" "$1" 2>/dev/null || true) >= $3)); }

# wait_for_mails FOLDER COUNT SECONDS
wait_for_mails() {
    wait_until "$3" has "$1" "$2" || fail "$(count "$1") mails in $1 after $3 s (expected: $2)"
}

only_mail() {
    local found
    found=$(find "$1" -type f)
    [ -n "$found" ] && [ "$(printf '%s\n' "$found" | wc -l)" -eq 1 ] || fail "not one mail in $1: $found"
    printf '%s\n' "$found"
}

make_home() {
    mkdir -p "$home"
    printf 'alice\nbob\n' >"$home/users"
    sink_port=$(helper free-port)
}

# The distribution's policy with one second where it has 15 minutes.
retry_every_second() {
    cp -R "$root/broker-config" "$home/broker-config"
    sed -i 's/900000/1000/g' "$home/broker-config/redelivery.xml"
    grep -q '1000' "$home/broker-config/redelivery.xml" || fail "no delay of 900000 ms in redelivery.xml"
}

is_ready_or_gone() { grep -q '^caravan ready ' "$work/caravan.out" || is_gone "$caravan_pid"; }

# start_caravan SECONDS [--set key=value]...: leaves the address it serves at in $smtp.
start_caravan() {
    local seconds=$1
    shift
    : >"$work/caravan.out"
    # A process group of its own, so that nothing survives the test whatever the launcher starts.
    setsid "${CARAVAN:-$root/caravan}" run --home "$home" \
        --set "smtp.listen=127.0.0.1:$(helper free-port)" \
        --set "http.listen=" \
        --set mail.hostname=mx.local.example \
        --set mail.local-domains=local.example \
        "$@" >"$work/caravan.out" 2>"$work/caravan.err" &
    caravan_pid=$!
    wait_until "$seconds" is_ready_or_gone || fail "caravan is not ready after $seconds s"
    smtp=$(sed -n 's/^caravan ready .*smtp=\([^ ]*\).*/\1/p' "$work/caravan.out")
    [ -n "$smtp" ] || fail "caravan ended before it was ready"
}

stop_caravan() {
    local pid=$caravan_pid
    [ -n "$pid" ] || return 0
    caravan_pid=
    kill -TERM "$pid" 2>/dev/null || true
    if ! wait_until 25 is_gone "$pid"; then
        kill -KILL -- "-$pid" 2>/dev/null || true
        fail "caravan still runs 25 s after SIGTERM"
    fi
    kill -KILL -- "-$pid" 2>/dev/null && fail "caravan ended but left a process behind" || true
}

# start_sink NAME OPTION...: an smtp-sink at $sink_port that logs its dialogue to $work/NAME.log.
start_sink() {
    local name=$1
    shift
    # It insists on a user when root starts it.
    [ "$(id -u)" -ne 0 ] || set -- -u root "$@"
    smtp-sink -4 -v "$@" "127.0.0.1:$sink_port" 1024 >"$work/$name.log" 2>&1 &
    sink_pid=$!
    wait_until 10 listens "$sink_port" || fail "smtp-sink does not listen"
}

stop_sink() {
    local pid=$sink_pid
    [ -n "$pid" ] || return 0
    sink_pid=
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# For programs that only one test has.
stop_more() { :; }

stop_all() {
    local status=$?
    trap - EXIT
    stop_more
    stop_sink
    (stop_caravan) || status=1
    exit "$status"
}
trap stop_all EXIT
trap 'exit 1' TERM INT

# send FROM TO SUBJECT: must be taken.
send() {
    swaks --server "$smtp" --timeout 20 --ehlo client.example --from "$1" --to "$2" --header "Subject: $3" \
        --body "Body of $3" >>"$work/swaks.log" 2>&1 || fail "swaks: mail $3 was not taken (see swaks.log)"
}

# send_octets FROM TO FILE: content as in the file, which ends with CRLF; the dialogue goes to swaks.log.
send_octets() {
    helper stuffed "$3" >"$work/stuffed"
    swaks --server "$smtp" --timeout 20 --ehlo client.example --from "$1" --to "$2" --no-data-fixup \
        --data "@$work/stuffed" >"$work/swaks.log" 2>&1 || fail "swaks: mail was not taken (see swaks.log)"
}

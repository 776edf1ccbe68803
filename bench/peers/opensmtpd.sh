# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# OpenSMTPD. accept: smtpctl pause mta, so that mail is queued and scheduled, but not sent.
PORT=$((BENCH_PORT + 2))

install_peer() { install_packages opensmtpd; }
version() { in_root dpkg-query -W -f '${Version}' opensmtpd; }

configure() {
    cat >"$ROOT/etc/smtpd.conf" <<CF
smtp max-message-size $MAX_SIZE
smtp limit max-mails 1000000
smtp limit max-rcpt 10000
listen on 127.0.0.1 port $PORT hostname opensmtpd.bench.test
action "sink" relay host smtp://127.0.0.1:$SINK_PORT
match from any for any action "sink"
CF
}

launch() { run_in_group chroot "$ROOT" smtpd >"$STATE/opensmtpd.out" 2>&1; }

# It listens with a backlog of 5; connections that come at once would be lost for a second each.
after_ready() {
    [ "$1" = relay ] || in_root smtpctl pause mta >/dev/null
    # shellcheck disable=SC2046
    python3 "$here/measure/backlog.py" "$PORT" 4096 $(members)
}

quit() { kill "$(main_pid)"; }

# The parent is the one process of the group whose own parent is outside of it.
main_pid() {
    local pid parent
    for pid in $(members); do
        parent=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")
        members | grep -qx "$parent" || { echo "$pid"; return; }
    done
}

queued() { find "$ROOT/var/spool/smtpd/queue" -type f -name message 2>/dev/null | wc -l; }
purge() {
    (cd "$ROOT/var/spool/smtpd" && find queue incoming temporary offline -mindepth 1 -delete) 2>/dev/null || true
}

# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Exim. accept: queue_only and no queue runner, so that mail stays on the spool.
PORT=$((BENCH_PORT + 3))

install_peer() { install_packages exim4-daemon-light; }
version() { in_root dpkg-query -W -f '${Version}' exim4-daemon-light; }

configure() {
    local only=true
    [ "$1" != relay ] || only=false
    cat >"$ROOT/etc/exim4/exim4.conf" <<CF
primary_hostname = exim.bench.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = $PORT
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
message_size_limit = $MAX_SIZE
# No limits that would refuse the load, or only queue it.
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
smtp_connect_backlog = 4096
split_spool_directory = true
acl_smtp_rcpt = take_all
queue_only = $only

begin acl
take_all:
  accept

begin routers
to_sink:
  driver = manualroute
  transport = to_sink
  route_list = * 127.0.0.1 byname
  self = send

begin transports
to_sink:
  driver = smtp
  port = $SINK_PORT
  allow_localhost

begin retry
* * F,1h,5s
CF
    chmod 644 "$ROOT/etc/exim4/exim4.conf"
    mkdir -p "$ROOT/run/exim4"
    in_root chown Debian-exim: /run/exim4
    rm -f "$ROOT/run/exim4/exim.pid"
}

launch() {
    local runner=()
    [ "$1" != relay ] || runner=(-q30s)
    run_in_group chroot "$ROOT" exim4 -bd "${runner[@]}" >"$STATE/exim.out" 2>&1
}
quit() { kill "$(main_pid)"; }
main_pid() {
    local pid
    pid=$(cat "$ROOT/run/exim4/exim.pid" 2>/dev/null)
    [ ! -e "$(group)" ] || members | grep -x "${pid:-none}"
}
queued() { find "$ROOT/var/spool/exim4/input" -type f -name '*-H' | wc -l; }
purge() { find "$ROOT"/var/spool/exim4/{input,msglog,db} -type f -delete; }

# shellcheck shell=bash disable=SC2034,SC2153
# Postfix. accept: the HOLD action, so that its queue manager never sees the mail; defer: defer_transports, so that it
# does; tls-ec and tls-rsa: as accept, with the certificate of measure/certificates.py. Its smtp-source and smtp-sink are
# the load of all measurements without TLS.
PORT=$((BENCH_PORT + 1))

install_peer() { install_packages postfix; }
version() { in_root postconf -d -h mail_version; }

configure() {
    local restrictions=permit deferred= tls= next_hop="relayhost = [127.0.0.1]:$SINK_PORT" processes=100
    [ "$1" != slow-1000 ] || processes=1000
    case $1 in
        accept) restrictions='check_client_access static:HOLD, permit' ;;
        tls-*)
            restrictions='check_client_access static:HOLD, permit'
            tls="smtpd_tls_security_level = may
smtpd_tls_chain_files = /etc/postfix/tls.pem"
            install -m 600 "$STATE/$1.pem" "$ROOT/etc/postfix/tls.pem" ;;
        defer) deferred='smtp, relay' ;;
        slow*)
            # The domains of measure/world.py, each a destination of its own.
            next_hop='transport_maps = texthash:/etc/postfix/slow'
            python3 "$here/measure/world.py" routes "$((BENCH_PORT + 6))" >"$ROOT/etc/postfix/slow" ;;
    esac
    cat >"$ROOT/etc/postfix/main.cf" <<CF
compatibility_level = 3.6
queue_directory = /var/spool/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
data_directory = /var/lib/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.bench.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
message_size_limit = $MAX_SIZE
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = $restrictions
defer_transports = $deferred
smtp_dns_support_level = disabled
default_process_limit = $processes
$next_hop
$tls
CF
    # The services of the package, but for the port and the chroot column: the whole tree is a chroot already.
    cat >"$ROOT/etc/postfix/master.cf" <<CF
$PORT      inet  n  -  n  -     -  smtpd
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
smtp      unix  -  -  n  -     -  smtp
relay     unix  -  -  n  -     -  smtp
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
discard   unix  -  -  n  -     -  discard
local     unix  -  n  n  -     -  local
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n -   1  postlogd
CF
}

launch() { run_in_group chroot "$ROOT" postfix start >"$STATE/postfix.out" 2>&1; }
quit() { kill "$(main_pid)"; }

# The process id in the file may be of long ago: only a member of our group is Postfix.
main_pid() {
    local pid
    pid=$(tr -d ' \n' <"$ROOT/var/spool/postfix/pid/master.pid" 2>/dev/null)
    [ ! -e "$(group)" ] || members | grep -x "${pid:-none}"
}

queue_files() { (cd "$ROOT/var/spool/postfix" && find incoming active deferred hold maildrop defer bounce -type f); }
queued() { queue_files | sed '/^\(defer\|bounce\)\//d' | wc -l; }
purge() { queue_files | (cd "$ROOT/var/spool/postfix" && xargs -r rm -f); }

# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Sendmail. accept: delivery mode "queueonly" and no queue runner. SuperSafe stays as it is by default: true.
PORT=$((BENCH_PORT + 4))

install_peer() {
    # Its install script wants a running init and fails without; the files and users are there all the same.
    install_packages sendmail-bin || true
    [ -x "$ROOT/usr/libexec/sendmail/sendmail" ]
}
version() { in_root dpkg-query -W -f '${Version}' sendmail-bin; }

configure() {
    local mode=queueonly
    [ "$1" != relay ] || mode=background
    cat >"$ROOT/etc/mail/bench.mc" <<MC
include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`sendmail.bench.test')dnl
define(\`confSERVICE_SWITCH_FILE', \`/etc/mail/service.switch-nodns')dnl
define(\`confTO_IDENT', \`0')dnl
dnl No refusing or queueing because of the load average.
define(\`confQUEUE_LA', \`10000')dnl
define(\`confREFUSE_LA', \`10000')dnl
define(\`confDELIVERY_MODE', \`$mode')dnl
define(\`confMAX_MESSAGE_SIZE', \`$MAX_SIZE')dnl
define(\`confPID_FILE', \`/run/sendmail.pid')dnl
define(\`QUEUE_DIR', \`/var/spool/mqueue')dnl
define(\`ALIAS_FILE', \`')dnl
define(\`STATUS_FILE', \`')dnl
define(\`SMART_HOST', \`relay:[127.0.0.1]')dnl
define(\`RELAY_MAILER_ARGS', \`TCP \$h $SINK_PORT')dnl
FEATURE(\`no_default_msa')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`promiscuous_relay')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`accept_unqualified_senders')dnl
DAEMON_OPTIONS(\`Name=MTA, Family=inet, Addr=127.0.0.1, Port=$PORT, Listen=4096')dnl
MAILER(\`smtp')dnl
MC
    in_root sh -c 'm4 /etc/mail/bench.mc >/etc/mail/sendmail.cf 2>/tmp/m4.log'
    in_root sh -c 'chown root:root /var/spool/mqueue; chmod 700 /var/spool/mqueue; touch /etc/mail/local-host-names'
    rm -f "$ROOT/run/sendmail.pid"
}

launch() {
    local runner=()
    [ "$1" != relay ] || runner=(-q30s)
    run_in_group chroot "$ROOT" /usr/libexec/sendmail/sendmail -bd "${runner[@]}" >"$STATE/sendmail.out" 2>&1
}
quit() { kill "$(main_pid)"; }
main_pid() {
    local pid
    pid=$(head -n 1 "$ROOT/run/sendmail.pid" 2>/dev/null)
    [ ! -e "$(group)" ] || members | grep -x "${pid:-none}"
}
queued() { find "$ROOT/var/spool/mqueue" -type f -name 'qf*' | wc -l; }
purge() { find "$ROOT/var/spool/mqueue" -type f -delete; }

# Mail goes to Postfix and to Dovecot's submission server with a login, over STARTTLS and implicit TLS.
. "$(dirname "$0")/lib.sh"
. "$here/secure.sh"

[ "$(id -u)" -eq 0 ] || { echo "skipped: Postfix starts as root only"; exit 0; }
make_home
make_certificates
postfix_port=$(helper free-port)
smtps_port=$(helper free-port)
dovecot_port=$(helper free-port)
sasl_port=$(helper free-port)
chmod 711 "$(dirname "$work")" "$work"

# Dovecot checks the passwords of both, and its submission server hands on to a sink.
printf 'box:{PLAIN}smart secret\n' >"$work/passwd"
chmod 644 "$work/passwd"
start_sink sink -d "$work/arrived/m."
mkdir -p "$work/dovecot" "$work/mail"
cat >"$work/dovecot.conf" <<END
protocols = submission
listen = 127.0.0.1
base_dir = $work/dovecot
state_dir = $work/dovecot
log_path = $work/dovecot.log
ssl = required
ssl_cert = <$work/cert.pem
ssl_key = <$work/cert.key
first_valid_uid = 1
mail_location = maildir:$work/mail
auth_mechanisms = plain login scram-sha-256
submission_relay_host = 127.0.0.1
submission_relay_port = $sink_port
submission_relay_trusted = no
hostname = dovecot.remote.example
passdb {
  driver = passwd-file
  args = $work/passwd
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$work/mail
}
service submission-login {
  inet_listener submission {
    port = $dovecot_port
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = $sasl_port
  }
}
END
chown -R mail:mail "$work/mail"
dovecot -F -c "$work/dovecot.conf" >"$work/dovecot.out" 2>&1 &
dovecot_pid=$!

# A Postfix of its own: smtpd only, which takes mail of whoever has logged in, and holds it.
mkdir -p "$work/postfix/etc" "$work/postfix/spool" "$work/postfix/data"
cat >"$work/postfix/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $work/postfix/spool
data_directory = $work/postfix/data
maillog_file = /var/log/caravan-interop-$$.log
maillog_file_prefixes = /var/log
myhostname = postfix.remote.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_tls_cert_file = $work/cert.pem
smtpd_tls_key_file = $work/cert.key
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$sasl_port
smtpd_relay_restrictions = permit_sasl_authenticated, reject
mynetworks =
relayhost = [127.0.0.1]:$sink_port
smtp_tls_security_level = none
END
cat >"$work/postfix/etc/master.cf" <<END
127.0.0.1:$postfix_port inet n - n - - smtpd
127.0.0.1:$smtps_port inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
smtp unix - - n - - smtp
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END
chown postfix "$work/postfix/data"
postfix -c "$work/postfix/etc" start >"$work/postfix.out" 2>&1 || true
stop_more() {
    postfix -c "$work/postfix/etc" abort >/dev/null 2>&1 || true
    kill "$dovecot_pid" 2>/dev/null || true
    wait "$dovecot_pid" 2>/dev/null || true
    cp "/var/log/caravan-interop-$$.log" "$work/postfix.log" 2>/dev/null || true
    rm -f "/var/log/caravan-interop-$$.log"
}
for port in "$postfix_port" "$smtps_port" "$dovecot_port"; do
    wait_until 20 listens "$port" || fail "a remote server does not listen (see postfix.out, dovecot.log)"
done

(umask 077 && printf 'smart secret\n' >"$work/right" && printf 'wrong\n' >"$work/late")
# entry NAME PORT PASSWORD-FILE
entry() {
    printf '%s\n    to=%s.example\n    hosts=localhost:%s\n    user=box password-file=%s tls-authorities=%s\n' \
        "$1" "$1" "$2" "$3" "$work/ca.pem"
}
{
    entry starttls "$postfix_port" "$work/right"
    printf '    auth=plain\n'
    entry scram "$postfix_port" "$work/right"
    printf '    auth=scram-sha-256\n'
    entry implicit "$smtps_port" "$work/right"
    printf '    implicit-tls=yes auth=login\n'
    entry dovecot "$dovecot_port" "$work/right"
    entry late "$postfix_port" "$work/late"
} >"$home/smarthosts"
start_caravan 120
for name in starttls scram implicit dovecot; do send bob@local.example "carol@$name.example" "by $name"; done
wait_for_mails "$work/arrived" 4 90
for name in starttls scram implicit; do
    file=$(grep -l "^X-Rcpt-Args: <carol@$name.example>" "$work/arrived/"*) || fail "nothing by $name"
    grep -q 'with ESMTPSA' "$file" || fail "by $name without TLS or login: $(grep -m 3 -i received "$file")"
done
grep -q '^X-Rcpt-Args: <carol@dovecot.example>' "$work/arrived/"* || fail "nothing by Dovecot"

# A wrong password: nothing is returned, the mail waits, and the right password lets it go on.
send bob@local.example carol@late.example 'with a wrong password'
wait_until 60 has_lines "$work/caravan.err" 'smarthost-paused smarthost=late' 1 || fail "the refused login is not logged"
[ "$(count "$maildir/bob/new")" -eq 0 ] || fail "mail was returned"
printf 'smart secret\n' >"$work/late"
"${CARAVAN:-$root/caravan}" queue flush --all --home "$home" >"$work/flush.log" 2>&1 || fail "flush (see flush.log)"
wait_for_mails "$work/arrived" 5 60
stop_caravan
[ "$(count "$maildir/bob/new")" -eq 0 ] || fail "mail was returned"

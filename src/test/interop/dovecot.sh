# Sourced by the tests of mailboxes, behind lib.sh: a Dovecot of their own, with the mailbox "box", by IMAP with TLS and
# by POP3 without.

dovecot_pid=
box=$work/mail/box
password=$work/password

# A certificate for localhost, and a JVM that trusts it.
make_certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/openssl.log" || fail "no certificate (see openssl.log)"
    keytool=keytool
    [ -z "${JAVA_HOME:-}" ] || keytool=$JAVA_HOME/bin/keytool
    "$keytool" -importcert -noprompt -alias box -file "$work/cert.pem" -keystore "$work/trust.p12" \
        -storepass changeit >"$work/keytool.log" 2>&1 || fail "no trust store (see keytool.log)"
    export JAVA_OPTS="-Djavax.net.ssl.trustStore=$work/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit"
}

start_dovecot() {
    local owner=mail
    [ "$(id -u)" -eq 0 ] || owner=$(id -un)
    dovecot --version | grep -q '^2\.3\.' || fail "Dovecot $(dovecot --version) (expected: 2.3, for the form of its settings)"
    imaps_port=$(helper free-port)
    pop3_port=$(helper free-port)
    make_certificate
    printf 'secret\n' >"$password"
    printf 'box:{PLAIN}secret\n' >"$work/passwd"
    mkdir -p "$box/cur" "$box/new" "$box/tmp"
    # Its processes are not root's and must get there.
    chmod 711 "$(dirname "$work")" "$work"
    chmod 644 "$work/passwd"
    cat >"$work/dovecot.conf" <<END
protocols = imap pop3
listen = 127.0.0.1
base_dir = $work/dovecot
state_dir = $work/dovecot
log_path = $work/dovecot.log
ssl = yes
ssl_cert = <$work/cert.pem
ssl_key = <$work/key.pem
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:$box
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = $work/passwd
}
userdb {
  driver = static
  args = uid=$owner gid=$(id -gn "$owner") home=$work/mail
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = $imaps_port
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = $pop3_port
  }
  inet_listener pop3s {
    port = 0
  }
}
END
    if [ "$owner" != mail ]; then
        cat >>"$work/dovecot.conf" <<END
default_internal_user = $owner
default_internal_group = $(id -gn)
default_login_user = $owner
service anvil {
  chroot =
}
service imap-login {
  chroot =
}
service pop3-login {
  chroot =
}
END
    fi
    own_box
    dovecot -F -c "$work/dovecot.conf" >"$work/dovecot.out" 2>&1 &
    dovecot_pid=$!
    wait_until 20 listens "$imaps_port" || fail "Dovecot does not listen: $(cat "$work/dovecot.out" "$work/dovecot.log")"
    trap 'stop_dovecot; stop_all' EXIT
}

stop_dovecot() {
    local pid=$dovecot_pid
    [ -n "$pid" ] || return 0
    dovecot_pid=
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

own_box() { [ "$(id -u)" -ne 0 ] || chown -R mail:mail "$work/mail"; }

# put FILE NAME: a mail in the mailbox, as a mail server leaves it.
put() {
    cp "$1" "$box/tmp/$2"
    own_box
    mv "$box/tmp/$2" "$box/new/$2"
}

# put_many COUNT: mails with subjects of their own.
put_many() {
    local i
    for ((i = 1; i <= $1; i++)); do
        printf 'Return-Path: <s@remote.example>\nDate: Mon, 23 Nov 2026 14:25:48 +0000\nFrom: s@remote.example\nTo: list@remote.example\nMessage-ID: <same@remote.example>\nSubject: number %d.\n\nhello\n' "$i" >"$box/tmp/many-$i"
    done
    own_box
    for ((i = 1; i <= $1; i++)); do mv "$box/tmp/many-$i" "$box/new/many-$i"; done
}

is_box_empty() { (($(find "$box/new" "$box/cur" -type f | wc -l) == 0)); }

# survives_kill SERVER: what is in the mailbox arrives once, though the server is killed while it fetches.
survives_kill() {
    local server=$1 some
    for some in 10 40; do
        start_mailbox "$server"
        wait_for_mails "$maildir/alice/new" "$some" 60
        kill -KILL -- "-$caravan_pid"
        wait "$caravan_pid" 2>/dev/null || true
    done
    start_mailbox "$server"
    wait_for_mails "$maildir/alice/new" 120 60
    wait_until 30 is_box_empty || fail "mail is left in the mailbox"
    stop_caravan
    (($(count "$maildir/alice/new") == 120)) || fail "$(count "$maildir/alice/new") mails (expected: 120)"
    (($(grep -h '^Subject:' "$maildir/alice/new/"* | sort -u | wc -l) == 120)) || fail "a mail came twice"
}

# start_mailbox SERVER [--set key=value]...
start_mailbox() {
    local server=$1
    shift
    start_caravan 120 --set "mailbox.server=$server" --set mailbox.user=box --set "mailbox.password-file=$password" \
        --set mailbox.poll-interval=500ms --set mailbox.to=alice@local.example "$@"
}

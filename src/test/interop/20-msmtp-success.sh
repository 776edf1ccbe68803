# NOTIFY=SUCCESS brings the sender a report that mail programs understand.
. "$(dirname "$0")/lib.sh"

make_home
start_caravan 120
printf 'From: bob@local.example\nTo: alice@local.example\nSubject: with a receipt\n\nHello Alice\n' |
    msmtp --host="${smtp%:*}" --port="${smtp##*:}" --domain=client.example --timeout=20 --from=bob@local.example \
        --dsn-notify=success,delay,failure --dsn-return=hdrs alice@local.example || fail "msmtp: mail was not taken"
wait_for_mails "$maildir/alice/new" 1 60
wait_for_mails "$maildir/bob/new" 1 60
helper dsn --action delivered --status '2\.[0-9.]+' --recipient alice@local.example --to bob@local.example \
    --returned text/rfc822-headers --subject 'with a receipt' "$(only_mail "$maildir/bob/new")"
stop_caravan
only_mail "$maildir/bob/new" >/dev/null

# Mail is fetched from a Dovecot by POP3, once, and stays there until it is stored.
. "$(dirname "$0")/lib.sh"
. "$here/dovecot.sh"

make_home
start_dovecot
put_many 120
survives_kill "pop3://localhost:$pop3_port"

# To whom a field of the mailbox's server says.
printf 'X-Original-To: bob@local.example\nX-Original-To: alice@local.example\nFrom: s@remote.example\n\nhello\n' >"$work/one"
put "$work/one" one
start_mailbox "pop3://localhost:$pop3_port" --set mailbox.to= --set mailbox.to-field=X-Original-To
wait_for_mails "$maildir/bob/new" 1 60
head -n 1 "$(only_mail "$maildir/bob/new")" | grep -q '^Return-Path: <>' || fail "another Return-Path than <>"
stop_caravan

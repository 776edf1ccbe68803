# Mail is fetched from a Dovecot by IMAP with TLS, octet by octet, once, and stays there until it is stored.
. "$(dirname "$0")/lib.sh"
. "$here/dovecot.sh"

make_home
start_dovecot

# 1. As it was, to whom the settings say, with reports to the sender; what is no mail goes into a queue.
{
    printf 'Return-Path: <sender@remote.example>\r\nDate: Mon, 23 Nov 2026 14:25:48 +0000\r\nMessage-ID: <1@x>\r\n'
    helper content
} >"$work/sent"
for _ in $(seq 31); do printf 'Received: from x\n'; done >"$work/loop"
printf 'From: s@remote.example\n\nround and round\n' >>"$work/loop"
put "$work/sent" first
put "$work/loop" second
start_mailbox "imaps://localhost:$imaps_port"
wait_for_mails "$maildir/alice/new" 1 60
wait_until 30 is_box_empty || fail "mail is left in the mailbox"
arrived=$(only_mail "$maildir/alice/new")
head -n 1 "$arrived" | grep -q '^Return-Path: <sender@remote.example>' || fail "another Return-Path"
tr -d '\r' <"$work/sent" >"$work/sent.lf"
tr -d '\r' <"$arrived" | tail -c "$(($(wc -c <"$work/sent.lf") - 45))" >"$work/arrived.lf"
tail -c "$(wc -c <"$work/arrived.lf")" "$work/sent.lf" | cmp - "$work/arrived.lf" || fail "content differs"
has_lines "$work/caravan.err" 'invalid queue=mail.submit.invalid.*mail loop' 1 || fail "the loop is not set aside"
stop_caravan
rm "$arrived"

# 2. Marked as seen and left, if the operator wants that.
put_many 3
start_mailbox "imaps://localhost:$imaps_port" --set mailbox.keep=true
wait_for_mails "$maildir/alice/new" 3 60
is_seen() { (($(find "$box/cur" -name '*,S' | wc -l) == 3)); }
wait_until 30 is_seen || fail "mail is not marked as seen: $(ls "$box/cur")"
stop_caravan
rm "$box/cur/"* "$maildir/alice/new/"*

# 3. A certificate that nobody vouches for is refused, and no password sent.
put_many 1
JAVA_OPTS= start_mailbox "imaps://localhost:$imaps_port"
wait_until 60 has_lines "$work/caravan.err" 'cannot be asked for mail now' 1 || fail "an unknown server was trusted"
stop_caravan
(($(count "$maildir/alice/new") == 0)) || fail "mail came from an unknown server"
rm "$box/new/"*

# 4. Once, whatever happens.
put_many 120
survives_kill "imaps://localhost:$imaps_port"

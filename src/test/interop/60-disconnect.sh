# A connection that the next hop breaks is no answer: the mail is tried again until it is taken.
. "$(dirname "$0")/lib.sh"
. "$here/retried.sh"

make_home
retry_every_second
start_caravan 120 --set "delivery.smarthost=127.0.0.1:$sink_port"
is_retried broken-ehlo EHLO -q EHLO
is_retried broken-rcpt RCPT -q RCPT
is_retried broken-data DATA -q DATA
is_retried broken-end '\.$' -q .
nothing_else_came

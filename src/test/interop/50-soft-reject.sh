# A 4yz reply or a 421 of the next hop is tried again until the mail is taken, once.
. "$(dirname "$0")/lib.sh"
. "$here/retried.sh"

make_home
retry_every_second
start_caravan 120 --set "delivery.smarthost=127.0.0.1:$sink_port"
is_retried soft-mail MAIL -r MAIL
is_retried soft-rcpt RCPT -r RCPT
is_retried soft-data DATA -r DATA
is_retried soft-end '\.$' -r .
is_retried closing-rcpt RCPT -Q RCPT
nothing_else_came

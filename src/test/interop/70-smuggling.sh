# No false end of content yields a second mail, and the dialogue stays in step.
. "$(dirname "$0")/lib.sh"

make_home
start_caravan 120
taken=$(helper smuggle "$smtp" bob@local.example alice@local.example)
send bob@local.example alice@local.example "the last one"
wait_for_mails "$maildir/alice/new" $((taken + 1)) 60
stop_caravan
[ "$(count "$maildir/alice/new")" -eq $((taken + 1)) ] || fail "more mails than were taken"
helper return-paths '<bob@local.example>' "$maildir/alice/new"/*

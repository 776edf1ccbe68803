# Sourced by tests of what is tried again.

# is_retried NAME COMMAND OPTION...: a mail meets a sink with these options, is tried at least twice (the command is
# seen in the sink's dialogue as often), then meets a sink that takes it, and arrives once, without a report.
is_retried() {
    local name=$1 command=$2
    shift 2
    start_sink "$name" "$@"
    send bob@local.example "$name@remote.example" "$name"
    wait_until 60 has_lines "$work/$name.log" "smtp-sink: $command" 2 || fail "$name: not tried again within 60 s"
    stop_sink
    start_sink "$name-takes" -d "$work/$name/m."
    # The sink's file is there before it is whole; the server's log says when the sink has taken it.
    wait_until 60 has_lines "$work/caravan.err" "delivered to=<$name@remote.example>" 1 ||
        fail "$name: not delivered within 60 s"
    stop_sink
    grep -q "^X-Rcpt-Args: <$name@remote.example>" "$(only_mail "$work/$name")" || fail "$name: another mail arrived"
}

# Anything that would still come has had its time when the server has stopped.
nothing_else_came() {
    stop_caravan
    [ "$(count "$maildir/bob/new")" -eq 0 ] || fail "bob got a report about mail that arrived"
}

#!/bin/bash
# Runs the tests beside this file, or those whose names begin with an argument; see README.md.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all=$(mktemp -d "${TMPDIR:-/tmp}/caravan-interop.XXXXXX")
passed=0
failed=0

is_wanted() {
    local name=$1 prefix
    shift
    (($# > 0)) || return 0
    for prefix in "$@"; do
        [[ $name == "$prefix"* ]] && return 0
    done
    return 1
}

for test in "$here"/[0-9]*.sh; do
    name=$(basename "$test" .sh)
    is_wanted "$name" "$@" || continue
    work=$all/$name
    mkdir "$work"
    # The first one may have to wait for the launcher's build.
    limit=300
    [[ $name != 00-* ]] || limit=600
    started=$SECONDS
    if INTEROP_WORK=$work timeout -k 40 "$limit" bash "$test" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name ($((SECONDS - started)) s)"
        rm -rf "$work"
    else
        failed=$((failed + 1))
        echo "not ok $name ($((SECONDS - started)) s, see $work)"
        tail -n 20 "$work/log" | sed 's/^/    /'
        for log in caravan.out caravan.err swaks.log; do
            [ -s "$work/$log" ] && { echo "    --- $log"; tail -n 20 "$work/$log" | cut -c1-300 | sed 's/^/    /'; }
        done
    fi
done

rmdir "$all" 2>/dev/null
echo "$passed passed, $failed failed"
# Nothing run is nothing shown.
((failed == 0 && passed > 0))

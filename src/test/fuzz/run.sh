#!/bin/bash
# Fuzzes with Jazzer (https://github.com/CodeIntelligenceTesting/jazzer): src/test/fuzz/run.sh [TARGET|all] [SECONDS]
#
# Each target goes on where its last run ended: what it found of interest lies in target/fuzz/TARGET, begins as a copy
# of src/test/resources/fuzz-corpus/TARGET, and is merged back into it after the run, as few and as short inputs as
# reach the same code. FuzzCorpusTest replays those in every build. An input that breaks a rule ends the run with
# status 77 and is kept as target/fuzz/TARGET-findings/crash-...; once the fault is mended, put it into the corpus as
# found-WHAT. Files with such names, and the seeds, stay there whatever a run finds.
#
# FUZZ_MAX_KEPT (default 80): how many inputs of a target are kept in the corpus.
set -euo pipefail
cd "$(dirname "$0")/../../.."
targets=${1:-all}
seconds=${2:-180}
kept=${FUZZ_MAX_KEPT:-80}
if [ "$targets" = all ]; then
    targets="command parameter address server-decoder reply-decoder session dialogue queue-item dsn maildir table"
fi
mkdir -p target/fuzz
mvn -B -q -Pfuzz test-compile dependency:build-classpath -Dmdep.outputFile=target/fuzz/classpath
classpath=target/test-classes:target/classes:$(cat target/fuzz/classpath)

jazzer() { # TARGET ARGUMENT...
    local target=$1
    shift
    # Jazzer's own hooks stay out of the libraries: one of them breaks Netty's use of Unsafe.
    nice -n 15 java -Xmx768m -XX:+UseSerialGC -Dio.netty.noUnsafe=true -Dio.netty.leakDetection.level=disabled \
        -Dlogback.configurationFile=src/test/fuzz/logback.xml -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
        --target_class=dev.caravan.fuzz.FuzzTarget --target_args="$target" \
        --instrumentation_includes='dev.caravan.**' --custom_hook_includes='dev.caravan.**' \
        --reproducer_path=target/fuzz -artifact_prefix="target/fuzz/$target-findings/" \
        -dict=src/test/fuzz/mail.dict -max_len=2500 "$@"
}

for target in $targets; do
    corpus=src/test/resources/fuzz-corpus/$target
    work=target/fuzz/$target
    mkdir -p "$corpus" "$work" "$work-findings"
    cp -n "$corpus"/* "$work"/ 2>/dev/null || true
    echo "== $target, $seconds s"
    jazzer "$target" -max_total_time="$seconds" -print_final_stats=1 "$work" >"$work.log" 2>&1 || {
        grep -v 'Uses:' "$work.log" | tail -40
        exit 77
    }
    grep -E '^#[0-9]+.*DONE|^stat::number_of_executed' "$work.log"
    rm -rf "$work-merged" && mkdir "$work-merged"
    jazzer "$target" -merge=1 "$work-merged" "$work" >"$work-merge.log" 2>&1
    find "$corpus" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
    # An even choice of short and long ones.
    find "$work-merged" -type f -printf '%s %p\n' | sort -n | awk -v most="$kept" '
        { file[NR] = $2 }
        END { step = NR > most ? NR / most : 1; for (i = step; i < NR + 0.5; i += step) print file[int(i)] }
    ' | while read -r file; do cp "$file" "$corpus"/; done
done

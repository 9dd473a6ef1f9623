#!/bin/sh
# Builds what has changed, for `npm start` and its like. Says nothing unless it fails, or takes longer than five seconds: how
# far it is then, since on a small machine the first build takes minutes.
log=$(mktemp)

say_how_far() {
  seconds=0
  while sleep 5 </dev/null >/dev/null 2>&1; do
    seconds=$((seconds + 5))
    echo "building, $(grep -c ': cache ' "$log") of $1 packages begun, $seconds s ..." >&2
  done
}

say_how_far "$(ls -d packages/*/ services/*/ | wc -l | tr -d ' ')" &
teller=$!
trap 'kill "$teller" 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

TURBO_TELEMETRY_DISABLED=1 turbo run build --output-logs=new-only >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

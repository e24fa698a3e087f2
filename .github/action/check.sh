#!/usr/bin/env bash
# Runs phiguard for action.yml: notes beside the lines, SARIF and the page of the job summary. What it ends with is an
# output, and fails the job only after the results are uploaded.
set -uo pipefail

# Paths and arguments are lists by their spaces; nothing in them is expanded.
set -f
read -r -a paths <<< "${PHIGUARD_PATHS:-.}"
read -r -a more <<< "${PHIGUARD_ARGS:-}"
arguments=(check "${paths[@]}" "${more[@]}")
arguments+=(--format github --format "sarif=$PHIGUARD_OUT/phiguard.sarif" --format "markdown=$PHIGUARD_OUT/phiguard.md")
if [ -n "${PHIGUARD_FAIL_ON:-}" ]; then
  arguments+=(--fail-on "$PHIGUARD_FAIL_ON")
fi
since="${PHIGUARD_SINCE:-}"
if [ -z "$since" ] && [ -n "${PHIGUARD_BASE:-}" ]; then
  since="origin/$PHIGUARD_BASE"
fi
if [ -n "$since" ] && [ "$since" != none ]; then
  arguments+=("--since=$since")
  if [ "${PHIGUARD_ONLY_NEW:-true}" = true ]; then
    arguments+=(--only-new)
  fi
fi

"$PHIGUARD_BIN" "${arguments[@]}"
code=$?
if [ -s "$PHIGUARD_OUT/phiguard.md" ]; then
  cat "$PHIGUARD_OUT/phiguard.md" >> "$GITHUB_STEP_SUMMARY"
  echo "exit-code=$code" >> "$GITHUB_OUTPUT"
else
  # Wrong use: there is nothing to upload.
  exit "$code"
fi

#!/usr/bin/env bash
# Keeps one comment on a pull request up to date for action.yml: the first of ours that starts with the mark, or a new one.
set -euo pipefail
mark='<!-- phiguard -->'
comments="repos/$PHIGUARD_REPOSITORY/issues/$PHIGUARD_PULL/comments"
body="$PHIGUARD_OUT/phiguard.md"
own=".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id"
id="$(gh api --paginate "$comments" --jq "$own" | head -n 1)"
if [ -n "$id" ]; then
  gh api --method PATCH "repos/$PHIGUARD_REPOSITORY/issues/comments/$id" --field "body=@$body" --silent
else
  gh api --method POST "$comments" --field "body=@$body" --silent
fi

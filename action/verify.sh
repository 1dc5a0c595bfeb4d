#!/usr/bin/env bash
# Checks the root that was restored. What is wrong becomes an annotation; what is corrupt is taken aside, and is
# computed again when it is needed. Fails only if the root cannot be checked or mended.
set -euo pipefail

if [[ ! -d ${CAB_CAS_ROOT:?is set by setup.sh}/echo ]]; then
  echo "the root is empty: nothing to check"
  exit 0
fi

status=0
cab verify --github --repair || status=$?
# 1 and 6: something was found, and taken aside.
if ((status != 0 && status != 1 && status != 6)); then
  exit "$status"
fi
if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
  { echo '```'; cab stats; echo '```'; } >> "$GITHUB_STEP_SUMMARY"
fi

#!/bin/sh
# Copies a root while a daemon works on it, so that the copy is whole: sh backup.sh ROOT BACKUP
#
# What leads to something is copied before what it leads to. cab writes in the opposite order (input, job; entry,
# pointer, job done), so whatever the copy names is there when its turn comes. What is made in the meantime is at
# worst an entry that nothing in the copy leads to, which is a hit when it is asked for again.
#
# Not while `cab gc` runs: that removes what a copied pointer may lead to.
set -eu
root=$1
backup=$2

mkdir -p "$backup"
if [ -n "$(ls -A "$backup")" ]; then
  echo "$backup is not empty: every backup has a directory of its own" >&2
  exit 1
fi
root=$(cd "$root" && pwd)
mkdir -p "$backup/.cab" "$backup/echo/index"
chmod 700 "$backup/.cab"

# 1. What watched folders held leads to jobs. 2. Jobs, as of one moment. A plain copy of either would be torn.
for store in watch.db jobs.db; do
  if [ -e "$root/.cab/$store" ]; then
    (cd "$backup/.cab" && sqlite3 -readonly -cmd '.timeout 10000' "$root/.cab/$store" "VACUUM INTO '$store'")
  fi
done

# 3. Input that was sent, and what runners wrote.
for dir in inputs logs quarantine; do
  if [ -d "$root/.cab/$dir" ]; then cp -Rp "$root/.cab/$dir" "$backup/.cab/"; fi
done

# 4. Pointers, then 5. entries. A new one is there whole or not at all.
cp -Rp "$root/echo/index/." "$backup/echo/index/"
for place in "$root"/echo/*; do
  if [ "${place##*/}" != index ]; then cp -Rp "$place" "$backup/echo/"; fi
done

# Left out: daemon.json, staging/ and tmp/ belong to processes that run.
sync

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
backup=${2%/}

if [ -n "$(ls -A "$backup" 2>/dev/null || true)" ]; then
  echo "$backup is not empty: every backup has a directory of its own" >&2
  exit 1
fi
if [ ! -d "$root/echo" ] && [ ! -d "$root/.cab" ]; then
  echo "$root is no root: it has neither echo nor .cab" >&2
  exit 1
fi
root=$(cd "$root" && pwd)

# Under its name the copy is whole: what fails half way leaves nothing.
copy=$backup.partial
mkdir -p "$(dirname "$copy")"
mkdir "$copy"
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' HUP INT TERM
mkdir -p "$copy/.cab" "$copy/echo/index"
chmod 700 "$copy/.cab"

# 1. What watched folders held leads to jobs. 2. Jobs, as of one moment. A plain copy of either would be torn.
for store in watch.db jobs.db; do
  if [ -e "$root/.cab/$store" ]; then
    (cd "$copy/.cab" && sqlite3 -readonly -cmd '.timeout 10000' "$root/.cab/$store" "VACUUM INTO '$store'")
  fi
done

# 3. Input that was sent, and what runners wrote.
for dir in inputs logs quarantine; do
  if [ -d "$root/.cab/$dir" ]; then cp -Rp "$root/.cab/$dir" "$copy/.cab/"; fi
done

# 4. Pointers, then 5. entries. A new one is there whole or not at all. A root may have none of either yet.
if [ -d "$root/echo/index" ]; then cp -Rp "$root/echo/index/." "$copy/echo/index/"; fi
for place in "$root"/echo/*; do
  if [ -e "$place" ] && [ "${place##*/}" != index ]; then cp -Rp "$place" "$copy/echo/"; fi
done

# Left out: daemon.json, staging/ and tmp/ belong to processes that run; `sync` below makes unwritten needless.
sync
if [ -d "$backup" ]; then rmdir "$backup"; fi
mv "$copy" "$backup"
trap - EXIT

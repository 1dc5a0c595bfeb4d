#!/usr/bin/env bash
# A server of PostgreSQL for tests on loopback, with a synchronous standby if asked. Tests use it where it answers: test/helpers/postgres.ts.
#
#   test/servers/postgres.sh start      installs Debian's package if it is missing (as root); primary up in about a second
#   test/servers/postgres.sh standby    on the next port; from then on a commit waits for it
#   test/servers/postgres.sh crash      SIGKILL to the primary and all that serves its clients
#   test/servers/postgres.sh promote    the standby takes writes
#   test/servers/postgres.sh stop
#
# PG_DIR holds its files, PG_PORT is its port, PG_BIN names the programs of another version. PG_FSYNC=on flushes, for the bench.
set -euo pipefail

dir=${PG_DIR:-${TMPDIR:-/tmp}/cab-test-postgres}
port=${PG_PORT:-54329}
standby_port=$((port + 1))
user=${PG_USER:-nobody}

install_package() {
  [ -n "${PG_BIN:-}" ] && return
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && return
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
}

# PostgreSQL refuses to be run by root.
as_user() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$dir" && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME="$dir" "$@")
  else
    (cd "$dir" && "$@")
  fi
}

ask() { as_user "$bin/psql" -h 127.0.0.1 -p "$1" -U postgres -XAtqc "$2"; }

# A crash of a process loses nothing that the system was given, so nothing is flushed for tests.
configure() {
  as_user tee "$dir/$1/tests.conf" >/dev/null <<END
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '$dir'
fsync = ${PG_FSYNC:-off}
full_page_writes = ${PG_FSYNC:-off}
wal_level = replica
max_wal_senders = 5
max_connections = 200
shared_buffers = 128MB
END
}

run() { as_user "$bin/pg_ctl" -s -w -D "$dir/$1" -l "$dir/$1.log" start; }

begin() {
  if [ ! -e "$dir/primary/PG_VERSION" ]; then
    as_user "$bin/initdb" -D "$dir/primary" -U postgres -A trust -E UTF8 --locale=C >/dev/null
    echo "include 'tests.conf'" | as_user tee -a "$dir/primary/postgresql.conf" >/dev/null
    configure primary "$port"
  fi
  run primary
}

follow() {
  as_user "$bin/pg_basebackup" -D "$dir/standby" -R -X stream -c fast \
    -d "host=127.0.0.1 port=$port user=postgres application_name=standby"
  configure standby "$standby_port"
  run standby
  ask "$port" "ALTER SYSTEM SET synchronous_standby_names = 'standby'"
  ask "$port" 'SELECT pg_reload_conf()' >/dev/null
  until [ "$(ask "$port" 'SELECT sync_state FROM pg_stat_replication')" = sync ]; do sleep 0.05; done
}

crash() {
  local postmaster pids pid
  postmaster=$(head -1 "$dir/primary/postmaster.pid")
  pids="$postmaster $(ps -o pid= --ppid "$postmaster")"
  # A process that ended by itself meanwhile is no failure.
  kill -9 $pids 2>/dev/null || true
  for pid in $pids; do
    while [ -e "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.02; done
  done
  rm -f "$dir/primary/postmaster.pid" "$dir/.s.PGSQL.$port.lock"
}

promote() {
  as_user "$bin/pg_ctl" -s -w -D "$dir/standby" promote
  ask "$standby_port" "ALTER SYSTEM SET synchronous_standby_names = ''"
  ask "$standby_port" 'SELECT pg_reload_conf()' >/dev/null
}

stop() {
  local one
  for one in primary standby; do
    [ ! -e "$dir/$one/postmaster.pid" ] || as_user "$bin/pg_ctl" -s -m immediate -D "$dir/$one" stop || true
  done
  rm -rf "$dir"
}

install_package >/dev/null
bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}
mkdir -p "$dir"
[ "$(id -u)" != 0 ] || chown "$user" "$dir"
case "${1:-}" in
  start) begin ;;
  standby) follow ;;
  crash) crash ;;
  promote) promote ;;
  stop) stop ;;
  *) sed -n '2,10p' "$0" >&2; exit 2 ;;
esac

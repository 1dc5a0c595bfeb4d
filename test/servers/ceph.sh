#!/usr/bin/env bash
# An S3 server for tests on loopback: Ceph's gateway with one monitor and one disk in memory.
#
#   test/servers/ceph.sh start           installs Debian's packages if they are missing (as root); about half a minute
#   test/servers/ceph.sh kill-gateway    SIGKILL to the gateway alone: its clients lose their connections
#   test/servers/ceph.sh start-gateway
#   test/servers/ceph.sh stop
#
# CEPH_DIR holds its files, CEPH_PORT is the gateway's port. Tests use it where it answers: test/helpers/s3.ts.
set -euo pipefail

dir=${CEPH_DIR:-${TMPDIR:-/tmp}/cab-test-ceph}
port=${CEPH_PORT:-38080}
monitor=127.0.0.1:$((port - 1))
export CEPH_CONF=$dir/ceph.conf

install_packages() {
  command -v radosgw >/dev/null && command -v ceph-osd >/dev/null && command -v ceph-mon >/dev/null && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    ceph-mon ceph-osd radosgw ceph-common
}

write_configuration() {
  mkdir -p "$dir"/{mon,osd,log,crash}
  cat >"$CEPH_CONF" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = [v2:$monitor]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
public_network = 127.0.0.0/8
ms_bind_msgr1 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = $dir
admin_socket = $dir/\$name.asok
log_file = $dir/log/\$name.log
mon_cluster_log_file = $dir/log/cluster.log
crash_dir = $dir/crash
osd_pool_default_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
paxos_propose_interval = 0.1
[mon]
mon_data = $dir/mon
mon_data_avail_crit = 1
[osd]
osd_data = $dir/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
[client]
# Without authentication the gateway's own default mode does not connect.
ms_mon_client_mode = crc
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_rados_pool_pg_num_min = 4
END
}

# In a session of its own, so that it outlives the caller's.
run() {
  local name=$1
  shift
  setsid "$@" >"$dir/log/$name.out" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

until_true() {
  local tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { tail -n 5 "$dir"/log/*.out >&2; exit 1; }
    sleep 0.1
  done
}

answers() { curl -sf -o /dev/null "http://127.0.0.1:$port/"; }

start_gateway() {
  ! answers || return 0
  run gateway radosgw -f -n client.gateway
  until_true answers
}

start() {
  ! answers || return 0
  # What a machine that went down in the middle left behind: a monitor refuses to begin on another's files.
  stop
  install_packages
  write_configuration
  monmaptool --create --clobber --fsid "$(awk '/^fsid/ { print $3 }' "$CEPH_CONF")" \
    --addv a "[v2:$monitor]" "$dir/monmap" >/dev/null
  ceph-mon -i a --mkfs --monmap "$dir/monmap"
  run monitor ceph-mon -f -i a
  local id
  id=$(cat /proc/sys/kernel/random/uuid)
  timeout 60 ceph osd new "$id" >/dev/null
  ceph-osd -i 0 --mkfs --osd-uuid "$id" >"$dir/log/disk-made.out" 2>&1
  run disk ceph-osd -f -i 0
  until_true sh -c "ceph osd stat | grep -q '1 up'"
  start_gateway
  radosgw-admin user create --uid=cab --display-name=cab --access-key=cabkey --secret=cabsecret >/dev/null
}

# By the pid that is written, and only where it still is one of these: after another boot it may be anybody's.
end() {
  [ -e "$dir/$2.pid" ] || return 0
  local pid
  pid=$(cat "$dir/$2.pid")
  grep -qa -E 'ceph|radosgw' "/proc/$pid/cmdline" 2>/dev/null || return 0
  kill -"$1" "$pid" 2>/dev/null || true
}

stop() {
  local name
  for name in gateway disk monitor; do end KILL $name; done
  rm -rf "$dir"
}

case ${1:-} in
  start) start ;;
  kill-gateway) end KILL gateway ;;
  start-gateway) start_gateway ;;
  stop) stop ;;
  *)
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

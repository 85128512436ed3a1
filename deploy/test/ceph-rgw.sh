#!/usr/bin/env bash
# One-node Ceph with an S3 gateway, for tests. Stays in the foreground; ends with SIGTERM or Ctrl-C.
#
#   ceph-rgw.sh DIRECTORY S3_PORT MONITOR_PORT_V1 MONITOR_PORT_V2
#
# When the gateway answers, DIRECTORY/ready holds the variables that the S3 suite reads, one
# NAME=value per line. Nothing outside DIRECTORY is written.
# Needs the Debian packages ceph-mon ceph-osd ceph-mgr radosgw ceph-common; no systemd, no root.
set -euo pipefail

directory=$(realpath "${1:?directory}")
s3_port=${2:?port of the gateway}
monitor_v1=${3:?first port of the monitor}
monitor_v2=${4:?second port of the monitor}

access_key=orgtrailtest00000000
secret_key=$(head -c 30 /dev/urandom | od -An -vtx1 | tr -d ' \n')
storage_classes="STANDARD_IA INTELLIGENT_TIERING GLACIER_IR GLACIER DEEP_ARCHIVE"
export CEPH_CONF=$directory/ceph.conf

# Daemons drop from root to a user `ceph` unless told not to; that user could not enter DIRECTORY.
as_we_are=()
if [ "$(id -u)" = 0 ]; then as_we_are=(--setuser root --setgroup root); fi

say() { echo "ceph: $*"; }

fail() {
    say "$*"
    tail -n 20 "$directory"/log/*.log "$directory"/*.out 2>/dev/null || true
    exit 1
}

# until_true SECONDS WHAT COMMAND... - looks ten times a second
until_true() {
    local looks=$(($1 * 10)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        looks=$((looks - 1))
        [ "$looks" -gt 0 ] || fail "$what did not come"
        sleep 0.1
    done
    say "$what"
}

# Asks the gateway for its front page, in a subshell so that the connection goes with it.
answers() (
    exec 3<>"/dev/tcp/127.0.0.1/$s3_port"
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    head -n 1 <&3 | grep -q ' 200 '
)

start() {
    local name=$1
    shift
    "$@" >"$directory/$name.out" 2>&1 &
}

# Also runs after a failure. Asked politely, daemons would look for each other for two minutes.
trap 'exec 2>/dev/null; kill -KILL $(jobs -p); wait' EXIT
trap 'exit 0' TERM INT

write_configuration() {
    # cephx must be on: without it this gateway's first hello is refused for ever.
    # The short paxos, lease and lifecycle times make a cluster that answers in seconds, in which
    # a day of a lifecycle rule lasts ten of them.
    cat >"$CEPH_CONF" <<CONF
[global]
fsid = $1
mon host = [v2:127.0.0.1:$monitor_v2,v1:127.0.0.1:$monitor_v1]
mon initial members = a
public network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $directory/keyring
run dir = $directory/run
crash dir = $directory/log
admin socket = $directory/run/\$name.asok
log file = $directory/log/\$name.log
mon cluster log file = $directory/log/cluster.log
pid file =
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon warn on pool no redundancy = false
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 2
mon data avail crit = 1
mon lease = 2
mon election timeout = 1
paxos propose interval = 0.05
[mon.a]
mon data = $directory/mon
[mgr.x]
mgr data = $directory/mgr
mgr initial modules =
[osd]
osd data = $directory/osd
osd objectstore = bluestore
osd memory target = 939524096
bluestore block create = true
bluestore block size = 8589934592
bluestore cache autotune = false
bluestore cache size = 134217728
[client.rgw.x]
rgw data = $directory/rgw
rgw frontends = beast endpoint=127.0.0.1:$s3_port
rgw lc debug interval = 10
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=$(head -c 32 /dev/urandom | base64)
CONF
}

# add_key NAME CAPABILITIES... - each capability is SERVICE and what is allowed there
add_key() {
    local name=$1 capabilities=()
    shift
    while [ $# -gt 0 ]; do
        capabilities+=(--cap "$1" "$2")
        shift 2
    done
    ceph-authtool "$directory/keyring" --gen-key -n "$name" "${capabilities[@]}" >/dev/null
}

make_keys() {
    (umask 077 && ceph-authtool --create-keyring "$directory/keyring" >/dev/null)
    add_key mon. mon 'allow *'
    add_key client.admin mon 'allow *' osd 'allow *' mgr 'allow *'
    add_key client.rgw.x mon 'allow rwx' osd 'allow rwx' mgr 'allow r'
    add_key mgr.x mon 'allow profile mgr' osd 'allow *'
    add_key osd.0 mon 'allow profile osd' osd 'allow *' mgr 'allow profile osd'
}

start_monitor() {
    local map=$directory/monmap addresses="[v2:127.0.0.1:$monitor_v2,v1:127.0.0.1:$monitor_v1]"
    monmaptool --create --fsid "$1" --addv a "$addresses" "$map" >/dev/null
    ceph-mon -i a --mkfs --monmap "$map" --keyring "$directory/keyring" "${as_we_are[@]}" \
        >"$directory/mon-mkfs.out" 2>&1 || fail "the monitor's store could not be made"
    start mon ceph-mon -i a -f "${as_we_are[@]}"
    until_true 60 "monitor" timeout 5 ceph --connect-timeout 2 mon stat
}

start_store() {
    local id
    id=$(cat /proc/sys/kernel/random/uuid)
    ceph osd new "$id" >/dev/null
    ceph-osd -i 0 --mkfs --osd-uuid "$id" "${as_we_are[@]}" >"$directory/osd-mkfs.out" 2>&1 ||
        fail "the object store could not be made"
    start osd ceph-osd -i 0 -f "${as_we_are[@]}"
    until_true 60 "object store" sh -c "ceph osd stat | grep -q '1 up'"
}

# Storage classes are pools of their own. Nothing is really cold here: reads are never refused.
make_zone() {
    radosgw-admin realm create --rgw-realm=default --default >/dev/null 2>&1
    radosgw-admin zonegroup create --rgw-zonegroup=default --master --default >/dev/null 2>&1
    radosgw-admin zone create --rgw-zonegroup=default --rgw-zone=default --master --default \
        >/dev/null 2>&1
    local class
    for class in $storage_classes; do
        radosgw-admin zonegroup placement add --rgw-zonegroup=default \
            --placement-id=default-placement --storage-class="$class" >/dev/null 2>&1
        radosgw-admin zone placement add --rgw-zone=default --placement-id=default-placement \
            --storage-class="$class" --data-pool="default.rgw.${class,,}.data" >/dev/null 2>&1
    done
    radosgw-admin period update --commit >/dev/null 2>&1
    say "zone with storage classes"
}

mkdir -p "$directory"/{mon,mgr,osd,rgw,run,log}
rm -f "$directory/ready"
cluster=$(cat /proc/sys/kernel/random/uuid)
write_configuration "$cluster"
make_keys
start_monitor "$cluster"
start mgr ceph-mgr -i x -f "${as_we_are[@]}"
start_store
make_zone
start rgw radosgw -n client.rgw.x -f "${as_we_are[@]}"
until_true 90 "gateway" answers
radosgw-admin user create --uid=test --display-name=test \
    --access-key="$access_key" --secret="$secret_key" >/dev/null 2>&1

# Renamed into place, so that a reader sees all of it or nothing.
cat >"$directory/ready.new" <<READY
ORGTRAIL_S3_ENDPOINT=http://127.0.0.1:$s3_port
ORGTRAIL_S3_ACCESS_KEY=$access_key
ORGTRAIL_S3_SECRET_KEY=$secret_key
ORGTRAIL_S3_REGION=default
ORGTRAIL_S3_KIND=ceph
READY
mv "$directory/ready.new" "$directory/ready"
say "ready at http://127.0.0.1:$s3_port"
wait -n
fail "a daemon ended"

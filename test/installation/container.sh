#!/bin/sh
# container.sh ROOT DATA USER COMMAND …: a container as `docker run --read-only --tmpfs /tmp --cap-drop ALL` makes it
set -eu
root=$1 data=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --bounding-set=-all \
  --inh-caps=-all -- "$@"

#!/bin/sh
# machine.sh FOLDER PROGRAM PORT: this machine's system, started again in namespaces of its own by its systemd, with
# PROGRAM installed in it as docs/self-hosting.md says. What it writes is in memory: the machine stays as it is.
set -eu
folder=$1 program=$2 port=$3
root=$folder/root

mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
  mkdir "$root/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
fi
for path in run tmp dev; do mount -t tmpfs tmpfs "$root/$path"; done
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
: > "$root/etc/fstab"

mkdir -p "$root/opt/support-inbox"
mount --bind "$program" "$root/opt/support-inbox"
chroot "$root" useradd --system --shell /usr/sbin/nologin support-inbox
cat > "$root/etc/support-inbox.env" <<END
NODE_ENV=production
DATA_DIR=/var/lib/support-inbox
HOST=127.0.0.1
PORT=$port
END
chmod 600 "$root/etc/support-inbox.env"
install -m 644 "$program/examples/support-inbox.service" "$root/etc/systemd/system/"
install -m 755 "$program/examples/support-inbox.sh" "$root/usr/local/bin/support-inbox"

cd "$root"
mkdir old
pivot_root . old
umount -l old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=support-inbox.service

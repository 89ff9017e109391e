#!/bin/sh
# Starts a command as a container of deploy/kubernetes.yaml does, as far as that goes without one: a root that cannot be
# written, made of the machine's own folders; a network of its own with nobody in it; another user without capabilities;
# nothing in the environment but what is given. To be run in `unshare --mount --net`.
#   contained.sh ROOT DATA MODEL VENV SOURCE USER [NAME=VALUE...] COMMAND...
# ROOT is an empty folder, DATA becomes /data, MODEL /opt/model, VENV /opt/telal; SOURCE is where the code lies.
set -eu
root=$1 data=$2 model=$3 venv=$4 source=$5 user=$6
shift 6
show() { mkdir -p "$root$2" && mount --bind "$1" "$root$2" && mount -o "remount,bind,$3" "$root$2"; }
python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 65))'  # lo up
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir "$root/proc" "$root/dev" "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"  # before what may lie in it: a checkout under /tmp
for folder in /bin /etc /lib /lib64 /sbin /usr /sys; do
    if [ -L "$folder" ]; then cp -P "$folder" "$root$folder"; elif [ -d "$folder" ]; then show "$folder" "$folder" ro; fi
done
python=$(realpath "$venv/bin/python" | xargs dirname | xargs dirname)
show "$python" "$python" ro
show "$venv" "$(realpath "$venv")" ro
show "$venv" /opt/telal ro
show "$source" /src ro
show "$model" /opt/model ro
show "$data" /data rw
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,ro "$root"
exec chroot "$root" /usr/bin/env -i /usr/bin/setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set=-all \
    --inh-caps=-all --no-new-privs /usr/bin/env -C /data "$@"

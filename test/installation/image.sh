#!/bin/bash
# image.sh FOLDER: builds the Dockerfile as it is and leaves the image in FOLDER, without an image registry: what
# it begins with is a minimal Debian with this machine's npm and the Node.js 24 of node_modules, under the same name.
set -euo pipefail
folder=$1
cd "$(dirname "$0")/../.."
base=$folder/base

step() { "$@" > "$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }; }

IFS='|' read -r suite mirror < <(
  apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
    grep '^Debian|[a-z]*|' | head -n 1 | cut -d '|' -f 2-)
step debootstrap --variant=minbase "$suite" "$base" "$mirror"
rm -rf "$base"/var/cache/apt/archives/*.deb "$base"/var/lib/apt/lists/*
install -m 755 node_modules/node/bin/node "$base/usr/local/bin/node"
mkdir -p "$base/usr/local/lib/node_modules" "$base/usr/local/etc" "$base/etc/ssl/certs"
cp -a "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$base/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$base/usr/local/bin/npm"
# npm reaches the registry as it does on this machine
cp -L /etc/ssl/certs/ca-certificates.crt "$base/etc/ssl/certs/"
printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nregistry=%s\n' "$(npm config get registry)" > "$base/usr/local/etc/npmrc"
chroot "$base" groupadd --gid 1000 node
chroot "$base" useradd --uid 1000 --gid node --create-home node

buildah=(buildah --root "$folder/storage" --runroot "$folder/run")
container=$("${buildah[@]}" from scratch)
step "${buildah[@]}" add --quiet "$container" "$base" /
step "${buildah[@]}" commit --quiet "$container" "docker.io/library/$(sed -n 's/^FROM \([^ ]*\)$/\1/p' Dockerfile)"
step "${buildah[@]}" build --format docker --isolation chroot --pull-never --tag support-inbox .

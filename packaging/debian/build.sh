#!/bin/bash
# Builds a Debian package out of this clone, with the production dependencies and the bundled Node in it.
#
#   packaging/debian/build.sh [DIR]        writes DIR/coffre_VERSION_ARCH.deb (DIR is . unless given)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
packaging=$(dirname "$here")
clone=$(dirname "$packaging")
to=$(readlink -f "${1:-.}")
arch=$(dpkg --print-architecture)
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$clone/package.json")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"
umask 022

node "$packaging/production.mjs" "$tree/usr/lib/coffre"
install -D -m 0755 "$packaging/two-users.sh" "$tree/usr/lib/coffre/two-users.sh"
install -D -m 0755 "$here/coffre" "$tree/usr/bin/coffre"
install -D -m 0644 "$here/default" "$tree/etc/default/coffre"
for unit in coffre.service coffre-reaper.service coffre-reaper.timer coffre-home.service; do
  install -D -m 0644 "$packaging/systemd/$unit" "$tree/usr/lib/systemd/system/$unit"
done
install -D -m 0644 "$packaging/systemd/sysusers.conf" "$tree/usr/lib/sysusers.d/coffre.conf"
install -D -m 0644 "$packaging/systemd/tmpfiles.conf" "$tree/usr/lib/tmpfiles.d/coffre.conf"
for page in operating something-is-wrong cli threat-model format home home-format; do
  install -D -m 0644 "$clone/docs/$page.md" "$tree/usr/share/doc/coffre/$page.md"
done
install -D -m 0644 "$clone/LICENSE" "$tree/usr/share/doc/coffre/copyright"
chmod -R u=rwX,go=rX "$tree/usr"

mkdir "$tree/DEBIAN"
echo /etc/default/coffre >"$tree/DEBIAN/conffiles"
install -m 0755 "$here/postinst" "$here/prerm" "$here/postrm" "$tree/DEBIAN/"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: coffre
Version: $version
Architecture: $arch
Maintainer: The maintainers of Coffre <root@localhost>
Section: net
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6, libatomic1, passwd
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Description: personal cloud whose server keeps only sealed bytes
 Files of a family, an association or a small operator: versions, trash,
 rewind, copies. Nothing is updated, started or upgraded by itself.
CONTROL
dpkg-deb --root-owner-group -Zzstd -z3 --build "$tree" "$to/coffre_${version}_$arch.deb"

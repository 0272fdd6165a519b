#!/bin/sh
# Lays a data folder out for two users: the server's, which writes chunks and cannot remove or change what the reaper's user
# has taken over. As root, with the server stopped; may be run again.
#
#   two-users.sh DATA SERVER REAPER GROUP        users and group by name or number; both are in the group
set -eu
data=$1 server=$2 reaper=$3 group=$4
as() {
  user=$1
  shift
  setpriv --reuid="$user" --regid="$group" --clear-groups --inh-caps=-all "$@"
}
# What the users own they change themselves: root follows no name that they could have put there.
as "$server" sh -c '
  umask 007
  mkdir -p "$0/chunks"
  chmod 2770 "$0"
  for a in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
    for b in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
      [ -d "$0/chunks/$a$b" ] || mkdir "$0/chunks/$a$b"
    done
  done
  find "$0" -mindepth 1 -path "$0/chunks" -prune -o -user "$(id -u)" -type d -exec chmod 2770 {} +
  find "$0" -mindepth 1 -path "$0/chunks" -prune -o -user "$(id -u)" -type f -exec chmod 660 {} +
  find "$0/chunks" -user "$(id -u)" -type f -exec chmod 640 {} +
' "$data"
chown -h "$reaper:$group" "$data/chunks" "$data"/chunks/[0-9a-f][0-9a-f]
as "$reaper" sh -c '
  chmod 3770 "$0"/chunks/[0-9a-f][0-9a-f]
  # New folders of chunks would be of who makes them.
  chmod 2750 "$0/chunks"
' "$data"

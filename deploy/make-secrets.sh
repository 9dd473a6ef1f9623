#!/bin/sh
# Makes the passwords of docker-compose.yml, each once: what is there stays. make-secrets.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
# The folder keeps others of this machine out; the files are readable, because each service reads them as its own user.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

for name in clickhouse_password analyst_password grafana_admin_password; do
  [ -s "$folder/$name" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/$name"
done

digest() { sha256sum <"$folder/$1" | cut -d ' ' -f 1; }
sed -e "s/BURNLINE_SHA256/$(digest clickhouse_password)/" -e "s/ANALYST_SHA256/$(digest analyst_password)/" \
  "$here/clickhouse/users.xml" >"$folder/clickhouse-users.xml"
echo "passwords are in $folder; Grafana: admin, $(cat "$folder/grafana_admin_password")"

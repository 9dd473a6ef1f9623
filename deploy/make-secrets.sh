#!/bin/sh
# Makes the passwords, the intake's key and the console's of docker-compose.yml, each once: what is there stays. make-secrets.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
# The folder keeps others of this machine out; the files are readable, because each service reads them as its own user.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

for name in clickhouse_password analyst_password grafana_admin_password intake_key read_key; do
  [ -s "$folder/$name" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/$name"
done

digest() { sha256sum <"$folder/$1" | cut -d ' ' -f 1; }
sed -e "s/BURNLINE_SHA256/$(digest clickhouse_password)/" -e "s/ANALYST_SHA256/$(digest analyst_password)/" \
  "$here/clickhouse/users.xml" >"$folder/clickhouse-users.xml"
# The collector needs the hash alone. Further keys: burnline intake-key NAME --file deploy/secrets/intake_keys.
[ -s "$folder/intake_keys" ] || echo "default sha256:$(digest intake_key)" >"$folder/intake_keys"
# So does the console. Further keys: burnline read-key NAME --file deploy/secrets/read_keys.
[ -s "$folder/read_keys" ] || echo "default sha256:$(digest read_key)" >"$folder/read_keys"
echo "passwords are in $folder; Grafana: admin, $(cat "$folder/grafana_admin_password")"

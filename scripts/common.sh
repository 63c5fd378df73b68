# Shared by the scripts of this folder: sourced, never run. Bash, and nothing that a bare Debian
# lacks (no process substitution either: it needs /proc, which a chroot may not have).
# shellcheck shell=bash
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$checkout"

# The PostgreSQL versions this tree supports, newest first.
supported_versions="18 17 16 15"

# The caller's settings must not lead a client of these scripts to a server that is not theirs, nor
# the caller's make (its flags, its job server) into a make that they run.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE \
    PGOPTIONS PGDATA PGSSLMODE PSQLRC MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
PG_CONFIG=${PG_CONFIG:-}
export LC_ALL=C.UTF-8 LANG=C.UTF-8 PGCONNECT_TIMEOUT=20

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "This needs root, and sudo is not installed. As root, run: $*"
    fi
}

# The newest supported server that is installed the Debian way; nothing where there is none.
installed_version() {
    local version
    for version in $supported_versions; do
        if [ -x "/usr/lib/postgresql/$version/bin/postgres" ]; then
            echo "$version"
            return
        fi
    done
}

# The pg_config to build with: PG_CONFIG where the caller gave one, else the installed version's.
find_pg_config() {
    if [ -n "$PG_CONFIG" ]; then
        pg_config=$(command -v "$PG_CONFIG") || fail "PG_CONFIG names no program: $PG_CONFIG"
    else
        pg_config=/usr/lib/postgresql/$(installed_version)/bin/pg_config
        [ -x "$pg_config" ] || fail "No PostgreSQL with extension headers: run 'make prerequisites' first."
    fi
    pg_bin=$("$pg_config" --bindir)
}

# PostgreSQL refuses to run as root; then it runs as the user that its packages made.
server_user=$(id -un)
if [ "$(id -u)" = 0 ]; then
    server_user=postgres
fi

# Run a command as the server's user, from a folder that any user may enter.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec setpriv --reuid="$server_user" --regid="$server_user" --init-groups --reset-env \
            env LC_ALL="$LC_ALL" LANG="$LANG" "$@")
    else
        (cd / && exec "$@")
    fi
}

# A new folder of the server's user, whom nobody else (but root) follows there.
server_user_folder() {
    mkdir -m 700 "$1" || return 1
    if [ "$(id -u)" = 0 ]; then
        chown "$server_user:" "$1" || return 1
    fi
    as_server test -w "$1" || fail "User $server_user cannot enter $1."
}

# Build the extension and install it into a PostgreSQL of its own: a copy, in folder $1, of the
# machine's. Servers of that machine which use an installed recon are thereby left alone. (A copied
# PostgreSQL finds its libraries and its share folder relative to its programs.) Where the caller
# named a PG_CONFIG, that PostgreSQL is the one to install into. Sets pg_bin to the programs to use.
build_and_install() {
    local destination=$1 staged
    find_pg_config
    make -j"$(nproc)" PG_CONFIG="$pg_config" || return 1
    if [ -n "$PG_CONFIG" ]; then
        # Installed only where that changes something: a second run must not ask for a password.
        staged=$(mktemp -d)
        make install PG_CONFIG="$pg_config" DESTDIR="$staged" >/dev/null || return 1
        if ! same_files "$staged" ""; then
            if [ -w "$("$pg_config" --pkglibdir)" ]; then
                make install PG_CONFIG="$pg_config" || return 1
            else
                as_root make install PG_CONFIG="$pg_config" || return 1
            fi
        fi
        rm -rf "$staged"
        return
    fi
    copy_postgresql "$destination" || return 1
    make install PG_CONFIG="$pg_config" DESTDIR="$destination" >/dev/null || return 1
    pg_bin=$destination$pg_bin
}

# The machine's PostgreSQL, below folder $1, without the recon that it may have.
copy_postgresql() {
    local destination=$1 original
    if cmp -s "$pg_bin/postgres" "$destination$pg_bin/postgres"; then return; fi
    rm -rf "$destination"
    for original in "$(dirname "$pg_bin")" "$("$pg_config" --sharedir)"; do
        mkdir -p "$destination$(dirname "$original")"
        # Links lead out of the share folder (dictionaries, time zones): copy what they name.
        cp -rL --preserve=mode,timestamps "$original" "$destination$(dirname "$original")/" || return 1
    done
    rm -f "$destination$("$pg_config" --pkglibdir)"/recon*.so \
        "$destination$("$pg_config" --sharedir)"/extension/recon*
}

# Whether every file below $1 exists below $2 with the same content.
same_files() {
    local file
    (cd "$1" && find . -type f) | while read -r file; do
        cmp -s "$1/$file" "$2/$file" || return 1
    done
}

# A server that listens on a socket in its own folder only. Durability is off: its data are examples.
# start_server FOLDER [SOCKET_FOLDER]: FOLDER is the server user's; data and log are in it, and the
# socket too, where no folder is given for it. Only the server's user and root can enter either.
# server_environment: variables that the server starts with.
server_environment=()
start_server() {
    local folder=$1 socket_folder=${2:-$1}
    as_server mkdir -p -m 700 "$socket_folder"
    as_server test -O "$socket_folder" || fail "$socket_folder belongs to somebody else"
    if [ ! -f "$folder/data/PG_VERSION" ]; then
        as_server "$pg_bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
            --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 </dev/null ||
            { cat "$folder/initdb.log" >&2; return 1; }
    fi
    if ! server_runs "$folder"; then
        as_server env "${server_environment[@]}" "$pg_bin/pg_ctl" --pgdata="$folder/data" --log="$folder/server.log" --wait --silent start \
            --options="-c listen_addresses='' -c unix_socket_directories='$socket_folder' -c port=5432 -c fsync=off" \
            >/dev/null 2>&1 </dev/null ||
            { tail -n 40 "$folder/server.log" >&2; return 1; }
    fi
}

server_runs() {
    as_server "$pg_bin/pg_ctl" --pgdata="$1/data" status >/dev/null 2>&1
}

stop_server() {
    as_server "$pg_bin/pg_ctl" --pgdata="$1/data" --mode=fast --wait --silent stop >/dev/null
}

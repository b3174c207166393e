#!/usr/bin/env bash
# A real mail server for trying mail out: Exim from Debian's packages, with STARTTLS, TLS from the start
# and authentication, on this machine only. Whatever it takes lies as files in DIR/mail/new.
#
#   scripts/mail-server.sh install       installs the package (as root)
#   scripts/mail-server.sh start DIR     starts it (as root), and prints the ports and where its CA lies
#   scripts/mail-server.sh stop DIR      stops it
#
# User and password are medic and "mail-server-password". Mail to nobody@ any domain is refused, as
# that of somebody who does not exist.
set -euo pipefail

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

install_package() {
    if ! command -v exim4 >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends exim4-daemon-light openssl >/dev/null
    fi
}

# Two ports that are free now.
free_ports() {
    python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))'
}

certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
        -subj "/CN=mail server authority" -keyout ca.key -out ca.pem 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
        -keyout server.key -out server.csr 2>/dev/null
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n') 2>/dev/null
    chmod 600 server.key
}

start() {
    local starttls smtps
    mkdir -p "$1"
    chmod 755 "$1"
    cd "$1"
    certificates
    read -r starttls smtps < <(free_ports)
    mkdir -p mail spool log
    chown -R Debian-exim mail spool log server.key
    cat >exim.conf <<EOF
primary_hostname = localhost
spool_directory = $PWD/spool
log_file_path = $PWD/log/%slog
pid_file_path = $PWD/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = $starttls : $smtps
tls_on_connect_ports = $smtps
tls_certificate = $PWD/server.pem
tls_privatekey = $PWD/server.key
tls_advertise_hosts = *
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = recipient
queue_run_in_order = true

begin acl
recipient:
  deny message = no such user
       local_parts = nobody
  accept authenticated = *
  deny message = sign in first

begin routers
everybody:
  driver = accept
  transport = keep

begin transports
keep:
  driver = appendfile
  directory = $PWD/mail
  maildir_format
  user = Debian-exim
  envelope_to_add = true

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{\$auth2}{medic}}{eq{\$auth3}{mail-server-password}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{\$auth1}{medic}}{eq{\$auth2}{mail-server-password}}}}
  server_set_id = \$auth1
EOF
    exim4 -C "$PWD/exim.conf" -bdf >output 2>&1 &
    echo $! >running
    for _ in $(seq 100); do
        if python3 -c "import socket; socket.create_connection(('127.0.0.1', $smtps), 1)" 2>/dev/null; then
            printf 'starttls=%s\nsmtps=%s\nca=%s\n' "$starttls" "$smtps" "$PWD/ca.pem"
            return
        fi
        sleep 0.1
    done
    cat output log/* >&2
    echo "the mail server did not start" >&2
    exit 1
}

stop() {
    local pid
    pid=$(cat "$1/running")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "the mail server does not stop" >&2
    exit 1
}

case "${1:-} $#" in
    "install 1") install_package ;;
    "start 2") start "$2" ;;
    "stop 2") stop "$2" ;;
    *) usage ;;
esac

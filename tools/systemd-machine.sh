# The machine of tools/systemd-test, to be sourced: a small system of the host's own release, booted by systemd-nspawn,
# with one link to a client. What is asserted about it is not decided here.
#
# Everything is made in the caller's mount namespace, which must be a private one: overlay, tmpfs and network namespaces
# go with its last process. Only the unpacked system stays, in CACHE.

# shellcheck shell=bash

CACHE=/var/cache/vipd-systemd-test
work=$CACHE/work
machine=$work/machine
nspawn=
leader=
guardian=

cannot() {
    printf 'systemd test: not possible here: %s\n' "$*"
    exit 77
}

# quietly COMMAND...: its output is shown only if it fails, which ends the test.
quietly() {
    local output
    output=$("$@" 2>&1) || {
        printf '%s\nsystemd test: failed: %s\n' "$output" "$*"
        exit 1
    }
}

# wait_for SECONDS COMMAND...: until the command succeeds, or the time is over.
wait_for() {
    local deadline=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# make_tree DIRECTORY SUITE: a minimal system with what vipd needs to run, and with nothing that building it needed.
make_tree() {
    local directory=$1 suite=$2 mirror proxy
    mirror=$(apt-get indextargets --format "\$(CODENAME) \$(SITE)" | awk -v suite="$suite" '$1 == suite { print $2; exit }')
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "${proxy:-}" ] || export http_proxy=$proxy
    printf 'systemd test: making a system in %s (once)\n' "$directory"
    rm -rf "$directory.partial"
    if ! debootstrap --variant=minbase --include=systemd,dbus,iproute2 "$suite" "$directory.partial" \
        ${mirror:+"$mirror"} >"$directory.log" 2>&1 ||
        ! chroot "$directory.partial" sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends $(tools/deps list run | tr '\n' ' ')" >>"$directory.log" 2>&1; then
        tail -n 5 "$directory.log"
        cannot "debootstrap could not make a system (log: $directory.log)"
    fi
    mv "$directory.partial" "$directory"
}

# boot TREE: an overlay of the tree with vipd installed and enabled, booted in a network namespace with a link to the
# client's. Sets `leader`, the process id of its init.
boot() {
    local tree=$1
    mount -t tmpfs none "$work"
    mkdir "$work/upper" "$work/work" "$machine"
    mount -t overlay -o "lowerdir=$tree,upperdir=$work/upper,workdir=$work/work" overlay "$machine"
    mkdir -p /run/netns /run/systemd/nspawn
    mount -t tmpfs none /run/netns
    mount -t tmpfs none /run/systemd/nspawn
    ip netns add node
    ip netns add client
    ip -n node link add eth0 type veth peer name eth0 netns client
    ip -n node address add 192.168.1.211/24 dev eth0
    ip -n node link set eth0 up
    ip -n client address add 192.168.1.50/24 dev eth0
    ip -n client link set eth0 up

    quietly make --no-print-directory install DESTDIR="$machine"
    configure "vip: $VIP"
    quietly chroot "$machine" systemd-sysusers
    quietly chroot "$machine" systemctl enable vipd

    # Where systemd runs this machine, it gives the container a scope of its own; elsewhere nobody could.
    local unit=(--keep-unit)
    [ ! -d /run/systemd/system ] || unit=()
    systemd-nspawn --directory="$machine" --register=no "${unit[@]}" --console=pipe --boot \
        --network-namespace-path=/run/netns/node --capability=CAP_NET_ADMIN,CAP_NET_RAW \
        </dev/null >"$work/console.log" 2>&1 &
    nspawn=$!
    wait_for 30 booted "$nspawn" || {
        tail -n 5 "$work/console.log"
        [ -z "$leader" ] || inside systemctl is-system-running || true
        cannot "systemd does not boot in a container"
    }
    # Whoever kills the caller with SIGKILL leaves no container behind.
    (tail --pid=$$ -f /dev/null && kill -KILL "$leader") </dev/null &>/dev/null &
    guardian=$!
}

# booted NSPAWN: whether the container's systemd has finished booting; in which state is a test's business.
booted() {
    leader=$(cat "/proc/$1/task/$1/children" 2>/dev/null) && leader=${leader%% *} && [ -n "$leader" ] &&
        inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'
}

# shut_down: the end of the container, without ceremony.
shut_down() {
    [ -z "$guardian" ] || kill "$guardian" || true
    [ -z "$nspawn" ] || kill -KILL "${leader:-$nspawn}" || true
    [ -z "$nspawn" ] || wait "$nspawn" || true
}

inside() {
    nsenter --target "$leader" --all --root --wd -- "$@"
}

configure() {
    printf '%s\n' "$@" >"$machine/etc/vipd/vipd.yaml"
}

# The machines of tools/systemd-test and tools/cluster-test, to be sourced: small systems of the host's own release, booted
# by systemd-nspawn, each with one link to a bridge that is the client's. What is asserted about them is not decided here.
#
# Everything is made in the caller's mount namespace, which must be a private one: overlay, tmpfs and network namespaces
# go with its last process. Only the unpacked system stays, in CACHE.

# shellcheck shell=bash

CACHE=/var/cache/vipd-systemd-test
work=$CACHE/work
# shellcheck disable=SC2034 # For those who source this.
VIP=192.168.1.210

# By machine: the process of systemd-nspawn, that of the init in it, and the one that ends it if the test is killed.
declare -A nspawns=() leaders=() guardians=()
# What `boot` allows machines beyond CAP_NET_ADMIN and CAP_NET_RAW: arguments of systemd-nspawn.
grants=()
# The machine that is meant where none is named, its root directory, and its init. See `on`.
name=
machine=
leader=

passed=0
failed=0

cannot() {
    printf 'not possible here: %s\n' "$*"
    exit 77
}

# quietly COMMAND...: its output is shown only if it fails, which ends the test.
quietly() {
    local output
    output=$("$@" 2>&1) || {
        printf '%s\nfailed: %s\n' "$output" "$*"
        exit 1
    }
}

# wait_for SECONDS COMMAND...: until the command succeeds, or the time is over; then with what it printed last.
wait_for() {
    local deadline=$((SECONDS + $1 + 1))
    shift
    until "$@" >"$work/last" 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || {
            cat "$work/last"
            return 1
        }
        sleep 0.05
    done
}

# check SENTENCE COMMAND...: one assertion; what the command printed is shown if it fails.
check() {
    local sentence=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$sentence"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$sentence"
        [ -z "$output" ] || printf '        %s\n' "${output//$'\n'/$'\n'        }"
    fi
}

silent() {
    local output
    output=$("$@" 2>&1)
    [ -z "$output" ] || {
        printf '%s\n' "$output"
        return 1
    }
}

fails() {
    ! "$@"
}

# make_tree DIRECTORY SUITE KIND...: a minimal system with these kinds of tools/dependencies, and with nothing that building
# vipd needed.
make_tree() {
    local directory=$1 suite=$2 mirror proxy
    shift 2
    mirror=$(apt-get indextargets --format "\$(CODENAME) \$(SITE)" | awk -v suite="$suite" '$1 == suite { print $2; exit }')
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "${proxy:-}" ] || export http_proxy=$proxy
    printf 'making a system in %s (once)\n' "$directory"
    rm -rf "$directory.partial"
    if ! debootstrap --variant=minbase --include=systemd,dbus,iproute2 "$suite" "$directory.partial" \
        ${mirror:+"$mirror"} >"$directory.log" 2>&1 ||
        ! chroot "$directory.partial" sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends $(tools/deps list "$@" | tr '\n' ' ')" >>"$directory.log" 2>&1; then
        tail -n 5 "$directory.log"
        cannot "debootstrap could not make a system (log: $directory.log)"
    fi
    mv "$directory.partial" "$directory"
}

# find_tree KIND...: sets `tree` to a system of the host's release with these kinds of tools/dependencies, which is made where
# there is none yet.
find_tree() {
    # shellcheck disable=SC1091 # A file of the system.
    . /etc/os-release
    case ${ID:-} in
    debian | ubuntu) ;;
    *) cannot "this is ${PRETTY_NAME:-an unknown system}, neither Debian nor Ubuntu" ;;
    esac
    mkdir -p "$work"
    # Another list of packages is another tree.
    tree=$CACHE/$VERSION_CODENAME-$(tools/deps list "$@" | cksum | cut -d ' ' -f 1)
    local lock
    exec {lock}>"$CACHE/lock"
    flock "$lock"
    [ -d "$tree" ] || make_tree "$tree" "$VERSION_CODENAME" "$@"
    exec {lock}>&-
}

# make_room: where machines are put, and the client with its bridge.
make_room() {
    mount -t tmpfs none "$work"
    mkdir -p /run/netns /run/systemd/nspawn
    mount -t tmpfs none /run/netns
    mount -t tmpfs none /run/systemd/nspawn
    ip netns add client
    ip -n client link add eth0 type bridge
    ip -n client address add 192.168.1.50/24 dev eth0
    ip -n client link set eth0 up
}

# add_machine NAME ADDRESS: an overlay of the tree, a network namespace with a link to the bridge. It is not booted yet.
add_machine() {
    on "$1"
    mkdir -p "$work/$name/upper" "$work/$name/work" "$machine"
    mount -t overlay -o "lowerdir=$tree,upperdir=$work/$name/upper,workdir=$work/$name/work" overlay "$machine"
    printf '%s\n' "$name" >"$machine/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$machine/etc/hosts"
    ip netns add "$name"
    ip -n "$name" link add eth0 type veth peer name "$name" netns client
    ip -n "$name" address add "$2/24" dev eth0
    ip -n "$name" link set eth0 up
    ip -n client link set "$name" master eth0 up
}

# later_package FILE: writes $work/later.deb, the same package as the next version of it.
later_package() {
    dpkg-deb --raw-extract "$1" "$work/later"
    sed -i 's/^Version: .*/&+later/' "$work/later/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip --build "$work/later" "$work/later.deb"
}

# is_later: whether the machine that is meant has the version which `later_package` made.
is_later() {
    [[ $(inside dpkg-query --show vipd) == *+later ]]
}

# on NAME: the machine that is meant from now on.
on() {
    name=$1
    machine=$work/$name/root
    leader=${leaders[$name]:-}
}

# boot: starts the machine that is meant, and waits until it is up.
boot() {
    # Where systemd runs this machine, it gives the container a scope of its own; elsewhere nobody could.
    local unit=(--keep-unit)
    [ ! -d /run/systemd/system ] || unit=()
    systemd-nspawn --directory="$machine" --register=no "${unit[@]}" --console=pipe --boot \
        --network-namespace-path="/run/netns/$name" --capability=CAP_NET_ADMIN,CAP_NET_RAW "${grants[@]}" \
        </dev/null >"$work/$name/console.log" 2>&1 &
    nspawns[$name]=$!
    wait_for 30 booted || {
        tail -n 5 "$work/$name/console.log"
        [ -z "$leader" ] || inside systemctl is-system-running || true
        cannot "systemd does not boot in a container"
    }
    # Whoever kills the caller with SIGKILL leaves no container behind.
    (tail --pid=$$ -f /dev/null && kill -KILL "${nspawns[$name]}" "$leader") </dev/null &>/dev/null &
    guardians[$name]=$!
}

# halt: the machine that is meant is gone from one moment to the next.
halt() {
    kill -KILL "${guardians[$name]}" "${nspawns[$name]}" "$leader"
    wait "${guardians[$name]}" "${nspawns[$name]}" || true
} 2>/dev/null

# booted: whether the systemd of the machine that is meant has finished booting; in which state is a test's business.
booted() {
    local init
    init=$(cat "/proc/${nspawns[$name]}/task/${nspawns[$name]}/children" 2>/dev/null) && init=${init%% *} &&
        [ -n "$init" ] || return 1
    leaders[$name]=$init
    leader=$init
    grep -qE 'running|degraded' <<<"$(inside systemctl is-system-running 2>/dev/null)"
}

# shut_down: the end of all machines, without ceremony.
shut_down() {
    for name in "${!nspawns[@]}"; do
        [ -z "${guardians[$name]:-}" ] || kill "${guardians[$name]}" || true
        kill -KILL "${nspawns[$name]}" || true
        [ -z "${leaders[$name]:-}" ] || kill -KILL "${leaders[$name]}" || true
        wait "${nspawns[$name]}" || true
    done 2>/dev/null
}

property() {
    inside systemctl show --property="$1" --value vipd
}

# is PROPERTY VALUE: whether the unit's property has the value.
is() {
    local value
    value=$(property "$1")
    [ "$value" = "$2" ] || {
        printf '%s is %s, not %s\n' "$1" "$value" "$2"
        return 1
    }
}

holds() {
    inside vipd is-holder
}

inside() {
    nsenter --target "$leader" --all --root --wd -- "$@"
}

configure() {
    printf '%s\n' "$@" >"$machine/etc/vipd/vipd.yaml"
}

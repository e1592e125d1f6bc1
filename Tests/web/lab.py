"""A standing lab of viplab's with a vipd-web on each controller: started, asked, broken and taken away.

Deliberately not here: the lab itself, which is viplab's, and what is asserted.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
import time

from journal import Journal

VIP = "192.168.1.210"
CLIENT = "192.168.1.50"
PORT = 9210

# A check that somebody can make fail on one machine alone: by a file that names its network namespace.
CONFIGURATION = """
groups:
  - name: api
    addresses: [192.168.1.210]
    interface: eth0
    confirm: [192.168.1.50]
    checks:
      - name: apiserver
        exec: [/bin/sh, -c, 'test ! -e @DIRECTORY@/sick-$(readlink /proc/self/ns/net) || { echo connection refused; exit 1; }']
        interval: 200ms
        timeout: 5s
        rise: 1
        fall: 2
"""


class LabError(Exception):
    """The lab did not do what it was told, in one line."""


class Lab:
    """Three controllers, a client and a gateway in network namespaces. Use it in a with statement."""

    def __init__(self, binaries, nodes=3):
        self.binaries = binaries
        self.directory = tempfile.mkdtemp(prefix="vipd-web-test-")
        os.chmod(self.directory, 0o755)
        configuration = f"{self.directory}/vipd.yaml"
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.replace("@DIRECTORY@", self.directory))
        self.environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
        self.webs = {}
        self._companions = []
        self.journal = Journal(self.directory)
        self._shell = subprocess.Popen(
            [f"{binaries}/viplab", "shell", "--nodes", str(nodes), "--config", configuration,
             "--vipd", self.journal.wrap(f"{binaries}/vipd")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment)
        said = []
        for line in self._shell.stdout:
            said.append(line)
            stands = re.match(r"Lab (\S+) stands", line)
            if stands:
                self.name = stands.group(1)
            if line.startswith("Enter"):
                break
        else:
            raise LabError("viplab shell: " + " ".join("".join(said).split()))
        self.nodes = list(range(1, nodes + 1))
        for node in self.nodes:
            subprocess.run([*self.inside(node), "ip", "link", "set", "lo", "up"], check=True)
            self.start_web(node)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in [*self.webs.values(), *self._companions]:
            end(process)
        self._shell.stdin.close()
        self._shell.stdout.close()
        try:
            self._shell.wait(20)
        except subprocess.TimeoutExpired:
            self._shell.send_signal(signal.SIGINT)
            self._shell.wait(20)
        self.journal.stop()
        subprocess.run(["rm", "-rf", self.directory], check=False)

    # Places.

    def namespace(self, place):
        """The network namespace of a controller by its number, or of `client` or `gw`."""
        return f"vl{self.name}-" + (f"c{place}" if isinstance(place, int) else place)

    def inside(self, place):
        """The words that run a command there."""
        return ["ip", "netns", "exec", self.namespace(place)]

    def address(self, node):
        return f"192.168.1.{210 + node}"

    def url(self, node, path="/"):
        return f"http://{self.address(node)}:{PORT}{path}"

    def node_name(self, node):
        return f"k8s-controller{node}"

    def node(self, name):
        return int(name.removeprefix("k8s-controller"))

    def socket(self, node):
        return f"/run/viplab/{self.name}/controller{node}.sock"

    # Processes.

    def spawn(self, place, command, **options):
        """Starts a command there, which ends with the lab."""
        process = subprocess.Popen([*self.inside(place), *command], env=self.environment, **options)
        self._companions.append(process)
        return process

    def run(self, place, command, **options):
        """Runs a command there to its end."""
        return subprocess.run(
            [*self.inside(place), *command], env=self.environment, capture_output=True, text=True, check=False, **options)

    def start_web(self, node):
        log = open(f"{self.directory}/web{node}.log", "a", encoding="utf-8")
        self.webs[node] = subprocess.Popen(
            [*self.inside(node), f"{self.binaries}/vipd-web", "--listen", f"0.0.0.0:{PORT}",
             "--socket", self.socket(node)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        log.close()
        self.wait(lambda: self.get(node, "/healthz")[0] == 200, f"vipd-web of {self.node_name(node)} to answer")

    def stop_web(self, node):
        end(self.webs.pop(node))

    # Questions.

    def get(self, node, path, place="client", timeout=5):
        """Status and body of an answer, asked from a place; (0, "") where there is none."""
        asked = self.run(place, [
            "curl", "-sS", "-m", str(timeout), "-o", "-", "-w", "\n%{http_code}", self.url(node, path)])
        body, _, status = asked.stdout.rpartition("\n")
        return (int(status or 0), body) if asked.returncode == 0 else (0, "")

    def status(self, node):
        """The first group of a controller's status."""
        answered = subprocess.run(
            [f"{self.binaries}/vipd", "status", "--json", "--socket", self.socket(node)], capture_output=True, text=True,
            env=self.environment, check=False)
        if answered.returncode == 1:
            raise LabError(answered.stderr.strip())
        return json.loads(answered.stdout)["groups"][0]

    def holder(self, asked=1):
        """The number of the controller that holds, as another one sees it."""
        holder = self.status(asked)["holder"]
        return self.node(holder["name"]) if holder else None

    def daemon_pid(self, node):
        """The process of a controller's vipd."""
        listed = subprocess.run(
            ["ip", "netns", "pids", self.namespace(node)], capture_output=True, text=True, check=True)
        for pid in listed.stdout.split():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/vipd") and words[1] == b"run":
                return int(pid)
        raise LabError(f"{self.node_name(node)} runs no vipd")

    # Troubles.

    def fault(self, what, node):
        """Does what `viplab fault` does."""
        done = subprocess.run(
            [f"{self.binaries}/viplab", "fault", what, str(node), "--lab", self.name], capture_output=True, text=True,
            env=self.environment, check=False)
        if done.returncode != 0:
            raise LabError(f"viplab fault {what} {node}: {done.stderr.strip()}")
        return done.stdout.strip()

    def sicken(self, node, is_sick=True):
        """Has the check of a controller fail, or pass again."""
        link = self.run(node, ["readlink", "/proc/self/ns/net"]).stdout.strip()
        path = f"{self.directory}/sick-{link}"
        if is_sick:
            with open(path, "w", encoding="utf-8"):
                pass
        elif os.path.exists(path):
            os.unlink(path)

    def restore(self):
        """Waits until all controllers are there and agree."""
        self.wait(self._is_settled, "the controllers to agree", 20)

    def _is_settled(self):
        names = set()
        for node in self.nodes:
            try:
                group = self.status(node)
            except LabError:
                return False
            alive = [peer for peer in group["peers"] if peer["state"] is not None]
            if not group["holder"] or len(alive) < len(self.nodes) - 1 or group["state"] not in ("holder", "candidate"):
                return False
            names.add(group["holder"]["name"])
        return len(names) == 1

    @staticmethod
    def wait(condition, what, seconds=10):
        """Waits until something is so."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LabError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.05)


def end(process):
    """Ends a process that was started here."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

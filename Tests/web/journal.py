"""A journal for the lab alone: a real systemd-journald of its own, which the lab's daemons write to as they do under systemd.

Deliberately not here: what entries are to say.
"""

import glob
import json
import os
import shutil
import subprocess
import time

JOURNALD = "/lib/systemd/systemd-journald"
NAMESPACE = "viplab"
CATALOGUE = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../systemd/vipd.catalog"))

# In memory, of everything, and without a hand in the kernel's auditing, which is the machine's.
CONFIGURATION = "[Journal]\nStorage=volatile\nAudit=\nRateLimitIntervalSec=0\n"

# Runs a command with the folders of this journal in the place of the machine's, in a mount namespace of its own.
INSIDE = ('mount --bind "$1/run" /run/systemd && mount --bind "$1/log" /run/log && '
          'mount --bind "$1/etc" /etc/systemd || exit; shift; ')

# vipd takes the journal when its standard error is that: systemd.exec(5), JOURNAL_STREAM.
WRAPPER = """#!/bin/sh
# vipd, whose journal is the lab's. Commands that only talk to a daemon have no need of it.
[ "$1" = run ] || exec @VIPD@ "$@"
exec unshare --mount --propagation private -- sh -c '@INSIDE@
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); export JOURNAL_STREAM
exec "$@"' sh @DIRECTORY@ @VIPD@ "$@"
"""


class Journal:
    """A journald that runs until `stop`. Its folders are in `directory`, which is the caller's to remove."""

    def __init__(self, directory):
        self.directory = f"{directory}/journal"
        for folder in ("run", "log", "etc"):
            os.makedirs(f"{self.directory}/{folder}")
        os.makedirs("/run/log", exist_ok=True)
        with open(f"{self.directory}/etc/journald@{NAMESPACE}.conf", "w", encoding="ascii") as file:
            file.write(CONFIGURATION)
        os.makedirs(f"{self.directory}/root/usr/lib/systemd/catalog")
        shutil.copy(CATALOGUE, f"{self.directory}/root/usr/lib/systemd/catalog")
        os.makedirs(f"{self.directory}/root/var/lib/systemd/catalog")
        subprocess.run(["journalctl", f"--root={self.directory}/root", "--update-catalog"], check=True)
        # Where sd_journal_sendv looks for any journal.
        os.symlink(f"journal.{NAMESPACE}", f"{self.directory}/run/journal")
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", INSIDE + 'exec "$@"', "sh", self.directory,
             JOURNALD, NAMESPACE], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not os.path.exists(f"{self.directory}/run/journal/socket"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("systemd-journald does not start")
            time.sleep(0.05)

    def stop(self):
        """Ends it."""
        self._process.terminate()
        self._process.wait(10)

    def wrap(self, vipd):
        """The path of a program that runs a vipd with this journal."""
        path = f"{self.directory}/vipd"
        text = WRAPPER.replace("@INSIDE@", INSIDE).replace("@DIRECTORY@", self.directory)
        with open(path, "w", encoding="ascii") as file:
            file.write(text.replace("@VIPD@", os.path.abspath(vipd)))
        os.chmod(path, 0o755)
        return path

    def entries(self, **fields):
        """The entries whose fields have these values, each with the prefix VIPD_, oldest first."""
        return [json.loads(line) for line in self._read(["--output=json"], fields).splitlines()]

    def explained(self, **fields):
        """The same as `journalctl -x` shows them: with what the catalogue has to say of each."""
        return self._read(["--catalog"], fields)

    def _read(self, options, fields):
        matches = [f"VIPD_{name}={value}" for name, value in fields.items()]
        folders = glob.glob(f"{self.directory}/log/journal/*")
        script = 'mount --bind "$1" /var/lib/systemd/catalog || exit; shift; exec "$@"'
        read = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", script, "sh",
             f"{self.directory}/root/var/lib/systemd/catalog", "journalctl", "--directory", folders[0], "--quiet", "--no-pager",
             *options, *matches], check=True, capture_output=True, text=True)
        return read.stdout

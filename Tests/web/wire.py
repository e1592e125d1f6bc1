"""A recording of the wire at one controller, made by `vipd monitor` and read by tshark with vipd's dissector.

Deliberately not here: what the frames are to say.
"""

import os
import signal
import subprocess

DISSECTOR = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../wireshark/vipd.lua"))
FIELDS = ["frame.time_epoch", "vipd.kind", "vipd.name", "vipd.term", "vipd.refusal", "arp.opcode", "arp.src.proto_ipv4",
          "arp.dst.proto_ipv4"]
ANNOUNCEMENT = "2"


class Recording:
    """Records a controller's link from now on."""

    def __init__(self, lab, node):
        self.path = f"{lab.directory}/takeover-{node}-{len(os.listdir(lab.directory))}.pcap"
        self._monitor = lab.spawn(
            node, [f"{lab.binaries}/vipd", "monitor", "--interface", "eth0", "--write", self.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lab.wait(lambda: os.path.exists(self.path) and os.path.getsize(self.path) > 1000, "the recording to begin")

    def stop(self):
        """Ends it: its frames as the dissector reads them, a dictionary each, times in milliseconds since 1970."""
        self._monitor.send_signal(signal.SIGTERM)
        self._monitor.wait(10)
        read = subprocess.run(
            ["tshark", "-X", f"lua_script:{DISSECTOR}", "-r", self.path, "-T", "fields",
             *[word for field in FIELDS for word in ("-e", field)]], check=True, capture_output=True, text=True)
        frames = [dict(zip(FIELDS, line.split("\t"))) for line in read.stdout.splitlines()]
        for frame in frames:
            seconds, _, fraction = frame["frame.time_epoch"].partition(".")
            frame["ms"] = int(seconds) * 1000 + int(fraction[:9].ljust(9, "0")) / 1e6
        return frames

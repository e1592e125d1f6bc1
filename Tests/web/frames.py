"""Frames that no vipd sends, from within a network namespace: a foreign host that claims the VIP, and nodes whose names
are meant for browsers. Run as: frames.py claim SECONDS | frames.py names SECONDS NAME...

Deliberately not here: the namespace, which is entered before.
"""

import socket
import struct
import sys
import time

VIP = bytes([192, 168, 1, 210])
ARP = 0x0806
# Where the trailer of vipd begins in a frame, and its fields in there: docs/PROTOCOL.md.
TRAILER = 42
LENGTH, KIND, FLAGS, PRIORITY, NODE, EPOCH, NAME_LENGTH, NAME = 5, 7, 8, 26, 27, 35, 99, 100
PROBE = 1


def tap():
    """A socket for the ARP frames of eth0."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
    made.bind(("eth0", ARP))
    made.settimeout(2)
    return made


def claim(seconds):
    """Claims the VIP, as a machine does that somebody gave the same address by hand."""
    wire = tap()
    own = wire.getsockname()[4]
    frame = b"\xff" * 6 + own + struct.pack("!HHHBBH", ARP, 1, 0x0800, 6, 4, 1) + own + VIP + bytes(6) + VIP
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wire.send(frame)
        time.sleep(0.1)


def names(seconds, wanted):
    """Speaks for nodes of these names, in the form of a candidate's own frame."""
    wire = tap()
    own = wire.getsockname()[4]
    while True:
        heard = wire.recv(2048)
        if heard[TRAILER:TRAILER + 4] == b"VIPD" and heard[TRAILER + KIND] == PROBE:
            break
    end = time.monotonic() + seconds
    epoch = time.time_ns() // 1000
    while time.monotonic() < end:
        for number, name in enumerate(wanted):
            epoch += 1
            trailer = bytearray(heard[TRAILER:TRAILER + NAME])
            text = name.encode()
            trailer[LENGTH:LENGTH + 2] = struct.pack("!H", NAME + len(text))
            # Not eligible: it is here to be read, not to be elected.
            trailer[FLAGS:FLAGS + 2] = bytes(2)
            trailer[PRIORITY] = 1
            trailer[NODE:NODE + 8] = struct.pack("!Q", 0xF00D + number)
            trailer[EPOCH:EPOCH + 8] = struct.pack("!Q", epoch)
            trailer[NAME_LENGTH] = len(text)
            mac = own[:5] + bytes([own[5] ^ (number + 1)])
            frame = bytearray(heard[:TRAILER]) + trailer + text
            frame[6:12] = frame[22:28] = mac
            wire.send(bytes(frame))
        time.sleep(0.1)


if __name__ == "__main__":
    if sys.argv[1] == "claim":
        claim(float(sys.argv[2]))
    else:
        names(float(sys.argv[2]), sys.argv[3:])

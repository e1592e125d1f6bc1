"""Clients of vipd-web that mean no good, and many that do; each kind is a process of its own.

    clients.py hostile ADDRESS SECONDS       half-open, slow, endless and senseless ones, all at once
    clients.py scrape ADDRESS COUNT SECONDS  so many that fetch the metrics once a second each
    clients.py probe ADDRESS SECONDS         one that asks for /healthz ten times a second: failures and the slowest

Deliberately not here: what is made of the figures.
"""

import http.client
import json
import resource
import selectors
import socket
import sys
import threading
import time

PORT = 9210


def connect(address):
    """A connection that is on its way, without waiting."""
    made = socket.socket()
    made.setblocking(False)
    made.connect_ex((address, PORT))
    return made


class Crowd:
    """Connections that are replaced when they end, so that their number stays."""

    def __init__(self, address, count, talk):
        self.address, self.talk = address, talk
        self.selector = selectors.DefaultSelector()
        self.began = 0
        for _ in range(count):
            self.add()

    def add(self):
        try:
            made = connect(self.address)
        except OSError:
            return
        self.selector.register(made, selectors.EVENT_READ, [0])
        self.began += 1

    def turn(self):
        for key, _ in self.selector.select(0):
            try:
                gone = not key.fileobj.recv(65536)
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            if gone:
                self.selector.unregister(key.fileobj)
                key.fileobj.close()
                self.add()
        for key in list(self.selector.get_map().values()):
            words = self.talk(key.data[0])
            if words:
                try:
                    key.data[0] += key.fileobj.send(words)
                except OSError:
                    pass


def hostile(address, seconds):
    """All kinds at once, for so long; prints how many connections that were."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    head = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
    giant = head + b"X-Filler: " + b"a" * 100_000 + b"\r\n\r\n"
    kinds = {
        # Connected, and never a word.
        "half-open": (1000, lambda sent: b""),
        # A head that comes a byte at a time and never ends.
        "slowloris": (150, lambda sent: (head + b"X-A: b\r\n" * 10_000)[sent:sent + 1]),
        "giant heads": (20, lambda sent: giant[sent:sent + 4096]),
        "garbage": (20, lambda sent: b"\x00\xff\r\n\r\nGET GET\r\n" * 40 if sent < 4000 else b""),
        # Requests one behind the other, whose answers nobody reads: recv takes them only to see the end.
        "pipelined": (20, lambda sent: (head + b"\r\n") * 20 if sent < 40_000 else b""),
        "bodies": (20, lambda sent: b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n" if sent == 0 else b"z"),
    }
    crowds = {name: Crowd(address, count, talk) for name, (count, talk) in kinds.items()}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for crowd in crowds.values():
            crowd.turn()
        # The attack shares the processor with what it attacks: it must not be the starving of it that is measured.
        time.sleep(0.05)
    print(json.dumps({name: crowd.began for name, crowd in crowds.items()}))


def unread(address, count):
    """Streams of events that nobody reads, with the smallest window: they are dropped, and come again."""
    streams = []
    for _ in range(count):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        made.settimeout(2)
        try:
            made.connect((address, PORT))
            made.send(b"GET /api/events/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        except OSError:
            continue
        streams.append(made)
    return streams


def scrape(address, count, seconds):
    """So many scrapers, each with a connection that it keeps; prints what they got."""
    done, failed = [0] * count, [0] * count

    def work(number, end):
        time.sleep(number / count)
        connection = http.client.HTTPConnection(address, PORT, timeout=5)
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                answer.read()
                done[number] += answer.status == 200
                failed[number] += answer.status != 200
            except (OSError, http.client.HTTPException):
                failed[number] += 1
                connection.close()
            time.sleep(max(0, 1 - (time.monotonic() - began)))

    end = time.monotonic() + seconds
    threads = [threading.Thread(target=work, args=(number, end)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"done": sum(done), "failed": sum(failed)}))


def probe(address, seconds):
    """Asks for /healthz; prints how often, how often in vain, and the slowest answer in milliseconds."""
    asked = failed = 0
    slowest = 0.0
    problems = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        asked += 1
        try:
            # Long enough for a connection whose first packet was dropped twice.
            connection = http.client.HTTPConnection(address, PORT, timeout=5)
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
            connection.close()
            problem = "" if status == 200 else str(status)
        except (OSError, http.client.HTTPException) as error:
            problem = type(error).__name__
        if problem:
            failed += 1
            problems[problem] = problems.get(problem, 0) + 1
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(max(0, 0.1 - (time.monotonic() - began)))
    print(json.dumps({"asked": asked, "failed": failed, "slowestMs": round(slowest * 1000), **problems}))


if __name__ == "__main__":
    kind, where = sys.argv[1:3]
    if kind == "hostile":
        idle = unread(where, 40)
        hostile(where, float(sys.argv[3]))
    elif kind == "scrape":
        scrape(where, int(sys.argv[3]), float(sys.argv[4]))
    else:
        probe(where, float(sys.argv[3]))

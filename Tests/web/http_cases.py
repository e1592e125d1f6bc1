"""What vipd-web answers to programs: the same text as vipd prints, and refusals as the standards want them."""

import difflib
import re
import subprocess

from lab import PORT
from report import expect


def as_printed(lab):
    """Status and events are what `vipd status --json` and `vipd events --json` print, to the octet but for what passes."""
    lab.restore()
    for node in lab.nodes:
        for path, words in (("/api/status", ["status", "--json"]), ("/api/events", ["events", "--json"])):
            command = [f"{lab.binaries}/vipd", *words, "--socket", lab.socket(node)]
            differences = [""]
            # Something may have happened between the two questions.
            for _ in range(5):
                printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                answered = lab.get(node, path)[1]
                differences = list(difflib.unified_diff(still(printed).splitlines(), still(answered).splitlines(), n=0))
                if not differences:
                    break
            expect(not differences, f"{path} of {lab.node_name(node)} is not what vipd {words[0]} prints: {differences}")
            expect(printed.endswith("\n") == answered.endswith("\n"), f"{path} ends otherwise than what vipd prints")
    return f"{len(lab.nodes)} nodes"


def still(text):
    """A text whose ages and counts, which have grown from one question to the next, are all the same."""
    return re.sub(r'("(?:heardMs|leaseLeftMs|count|\w*Sent|\w*Received|\w*Served|\w*Accepted)": ?)\d+', r"\1-", text)


def odd_requests(lab):
    """Requests that no browser sends are refused as RFC 9112 and 9110 want it, on a real connection."""
    node = lab.nodes[0]
    host = f"Host: {lab.address(node)}\r\n"
    asked = [
        ("GET / HTTP/1.1\r\n", host, 200), ("GET / HTTP/1.0\r\n", "", 200), ("HEAD /metrics HTTP/1.1\r\n", host, 200),
        ("GET / HTTP/1.1\r\n", "", 400), ("GET / HTTP/1.1\r\n", host + host, 400),
        ("GET / HTTP/1.1\r\n", host + "Host: localhost\r\n", 400), ("GET / HTTP/1.1\r\n", "Host: a/b\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\n", host, 200), ("GET a HTTP/1.1\r\n", host, 400),
        ("DELETE / HTTP/1.1\r\n", host, 405), ("GET / HTTP/1.1\r\n", host + "Content-Length: 3\r\n", 413),
    ]
    for line, fields, status in asked:
        answer = raw(lab, node, f"{line}{fields}Connection: close\r\n\r\n")
        expect(answer == status, f"{line.strip()} with {fields!r} is answered {answer}, not {status}")
    return f"{len(asked)} requests"


def raw(lab, node, request):
    """The status of the answer to a request that is sent as it stands; 0 where there is none."""
    script = ("import socket, sys; made = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5); "
              "made.sendall(sys.argv[3].encode()); print(made.makefile('rb').readline().decode())")
    said = lab.run("client", ["python3", "-c", script, lab.address(node), str(PORT), request]).stdout.split()
    return int(said[1]) if len(said) > 1 else 0

"""Headless Chromium, driven by its own protocol over a pipe: no driver and no library between.

Deliberately not here: what is asserted of the page.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class BrowserError(Exception):
    """The browser did not do what it was told, in one line."""


class Browser:
    """A Chromium with one page. Use it in a with statement."""

    def __init__(self, enter=()):
        """Starts it; `enter` are the words of a command that runs it elsewhere, such as in a network namespace."""
        self._profile = tempfile.mkdtemp(prefix="vipd-web-browser-")
        commands, self._to_browser = os.pipe()
        self._from_browser, events = os.pipe()
        chromium = [
            "chromium", "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self._profile}",
            # Root in a network namespace of its own has no other sandbox to be in; it sees the lab's page alone.
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "about:blank",
        ]
        # The protocol's descriptors are 3 and 4. Both ends are copied out of their way first.
        script = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        self._process = subprocess.Popen(
            [*enter, "bash", "-c", script, "bash", str(commands), str(events), *chromium],
            pass_fds=(commands, events), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(commands)
        os.close(events)
        self._buffer = b""
        self._number = 0
        self.console = []
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to_browser)
        os.close(self._from_browser)
        shutil.rmtree(self._profile, ignore_errors=True)

    # The protocol.

    def _call(self, method, parameters=None, session=None, timeout=30):
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout
        while True:
            answer = self._receive(deadline, method)
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    def _receive(self, deadline, method):
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._from_browser], [], [], left)[0]:
                raise BrowserError(f"Chromium did not answer {method} in time")
            chunk = os.read(self._from_browser, 1 << 20)
            if not chunk:
                raise BrowserError(f"Chromium ended before it answered {method}")
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        """Keeps what the page complains of: exceptions, and what its own policy forbids."""
        if event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] == "error":
                self.console.append(f"{entry['text']} {entry.get('url', '')}")

    def call(self, method, parameters=None, timeout=30):
        """A command of the protocol, for the page."""
        return self._call(method, parameters, self._session, timeout)

    # What tests do.

    def evaluate(self, expression, timeout=30):
        """The value of a JavaScript expression, a promise's when it is kept."""
        result = self.call(
            "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}, timeout)
        if "exceptionDetails" in result:
            raise BrowserError(result["exceptionDetails"].get("exception", {}).get("description", expression))
        return result["result"].get("value")

    def open(self, url):
        """Goes to a page, and waits until it is there."""
        result = self.call("Page.navigate", {"url": url})
        if "errorText" in result:
            raise BrowserError(f"{url}: {result['errorText']}")
        self.wait("document.readyState === 'complete'", f"{url} to load")

    def wait(self, expression, what, seconds=10):
        """Waits until an expression is true."""
        deadline = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                raise BrowserError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.05)

    def show(self, width, height, scheme="light", mobile=False):
        """Sets the size of the window and the colours that the user prefers."""
        self.call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile})
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def press(self, key, code, number):
        """Presses a key and lets it go."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number})

    def picture(self, path, whole=True):
        """Writes a PNG of the page."""
        data = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

"""One takeover, and all that tell of it: the page in a real browser, the events, the status and the metrics of the new holder,
its journal, and a recording of its wire as Wireshark's dissector reads it. They agree to the millisecond.
"""

import json

from lab import CLIENT, VIP
from report import expect
from wire import ANNOUNCEMENT, Recording

# Notes when the name of the holder changes on the page, by the clock that events are stamped with.
WATCH_HOLDER = """(() => {
  const holder = document.querySelector('[data-field=holder]');
  window.changes = [];
  new MutationObserver(() => window.changes.push([Date.now(), holder.textContent]))
    .observe(holder, {childList: true, characterData: true, subtree: true});
})()"""

# What the daemon's clock and the wire's may differ by, in milliseconds: a frame is on the wire before the daemon reads it, and
# after the daemon has written it.
TOLERANCE = 1

# The processors are shared with whatever else runs here: where a daemon was late for its frame, another takeover is looked at.
# All but the wire has to agree in each.
TAKEOVERS = 6


def events(lab, node):
    """The timeline of a controller, through its vipd-web."""
    status, body = lab.get(node, "/api/events")
    expect(status == 200, f"/api/events answers {status}")
    return [json.loads(line) for line in body.splitlines()]


def follow_takeover(lab, browser):
    """The holder loses its power: its successor's page shows it within a second, and everything agrees on the figures."""
    late = []
    for _ in range(TAKEOVERS):
        takeover = Takeover(lab, browser)
        takeover.happen()
        deviations = takeover.deviations()
        if all(abs(deviation) < TOLERANCE for deviation in deviations.values()):
            told = ", ".join(f"{name} {deviation:+.3f}" for name, deviation in deviations.items())
            again = f"; {len(late)} before it with a late daemon: {late}" if late else ""
            return f"{takeover.summary}; the wire is off by, in ms: {told}{again}"
        late.append({name: round(deviation, 3) for name, deviation in deviations.items()})
    expect(False, f"in none of {TAKEOVERS} takeovers the wire agrees to {TOLERANCE} ms: {late}")


class Takeover:
    """One takeover, from a holder that loses its power to what everybody tells of it."""

    def __init__(self, lab, browser):
        self.lab, self.browser = lab, browser
        lab.restore()
        self.before = lab.holder()
        self.successor = lab.node(lab.status(self.before)["next"])
        browser.show(1280, 900)
        browser.open(lab.url(self.successor))
        browser.wait(f"document.querySelector('[data-field=holder]')?.textContent === '{lab.node_name(self.before)}'",
                     "the page to show the holder")
        browser.evaluate(WATCH_HOLDER)
        self.counted = phases(lab, self.successor)

    def happen(self):
        """Has it happen, and judges what is told of it but for the wire, whose frames are kept."""
        recording = Recording(self.lab, self.successor)
        self.lab.fault("cut", self.before)
        try:
            self.judge_page()
            self.judge_figures()
            self.judge_journal()
        finally:
            self.frames = recording.stop()
            self.lab.fault("power-on", self.before)

    def judge_page(self):
        """The page shows the new holder within a second, and says so to those who hear it."""
        lab, browser = self.lab, self.browser
        browser.wait("window.changes.length > 0", "the page to show another holder")
        seen, shown = browser.evaluate("window.changes.at(-1)")
        self.event = event = [event for event in events(lab, self.successor) if event["kind"] == "transition"][-1]
        # Where a dying kernel has still answered a probe, the lease is what ended.
        expect(event["reason"] in ("silence", "lease") and event["to"] == shown == lab.node_name(self.successor),
               f"the page shows {shown}, the last transition is {event}")
        self.happened = int(browser.evaluate(f"Date.parse('{event['at']}')"))
        delay = seen - self.happened
        expect(0 <= delay < 1000, f"the page changed {delay} ms after the event")
        spoken = browser.evaluate("document.getElementById('news').textContent")
        expect(spoken.startswith(f"{shown} now holds {VIP}: holder") and
               spoken.endswith(f", {event['silenceMs'] + event['claimMs']} milliseconds"),
               f"a screen reader is told: {spoken}")
        self.summary = f"{delay} ms after the takeover, which took {event['silenceMs']} + {event['claimMs']} ms"

    def judge_figures(self):
        """Events, status, metrics and page tell of it with the same figures."""
        lab, browser, node, event = self.lab, self.browser, self.successor, self.event
        lab.wait(lambda: lab.status(node)["lastTransition"]["confirmedMs"] is not None, f"{CLIENT} to confirm the takeover")
        self.last = last = lab.status(node)["lastTransition"]
        self.confirmed = [other for other in events(lab, node) if other["kind"] == "confirmed" and other["id"] > event["id"]][0]
        figures = (event["silenceMs"], event["claimMs"], self.confirmed["confirmedMs"])
        expect((last["silenceMs"], last["claimMs"], last["confirmedMs"]) == figures,
               f"status says {last}, the events {figures}")
        grown = phases(lab, node)
        self.took = {}
        for phase, figure in zip(("silence", "claim", "confirm"), figures):
            took, count = (grown[phase][place] - self.counted[phase][place] for place in (0, 1))
            # The metrics have microseconds, of which events show whole milliseconds.
            expect(count == 1 and figure <= took + 0.001 and took < figure + 1.001,
                   f"the metrics add {count} {phase} of {took:.3f} ms, not {figure}")
            self.took[phase] = took
        text = f"{figures[0] + figures[1]} mssilence {figures[0]} ms, claim {figures[1]} ms, confirmed after {figures[2]} ms"
        browser.wait("document.querySelector('.change .figures')?.textContent.includes('confirmed')", "the confirmation")
        shown = browser.evaluate("document.querySelector('.change .figures').textContent")
        expect(shown == text, f"the page shows: {shown}, not: {text}")

    def judge_journal(self):
        """The journal has one entry of each event, with its fields."""
        journal, event, name = self.lab.journal, self.event, self.lab.node_name(self.successor)
        told = {"EVENT": "transition", "GROUP": "api", "NODE": name, "STATE": "holder", "REASON": event["reason"],
                "TERM": str(event["term"]), "FROM": event["from"], "TO": name, "HOLDER": name, "AT": event["at"],
                "EVENT_ID": str(event["id"]), "SILENCE_MS": str(event["silenceMs"]), "CLAIM_MS": str(event["claimMs"])}
        found = journal.entries(EVENT="transition", NODE=name, AT=event["at"])
        expect(len(found) == 1, f"the journal has {len(found)} entries of {event}")
        said = {field: found[0].get(f"VIPD_{field}") for field in told}
        differing = {field: value for field, value in said.items() if value != told[field]}
        expect(not differing, f"the journal says {differing}, the event {event}")
        expect(len(found[0].get("MESSAGE_ID", "")) == 32 and event["message"] in found[0]["MESSAGE"],
               f"the journal's entry is {found[0]}")
        explained = " ".join(journal.explained(EVENT="transition", NODE=name, AT=event["at"]).split())
        advice = {"silence": f"Find out what became of {event['from']}", "lease": f"On {event['from']}: systemctl status vipd"}
        for words in ("Subject: The virtual IP moved", "group api", f"{event['to']} took over", advice[event["reason"]]):
            expect(words in explained, f"journalctl -x does not say {words!r}: {explained}")
        found = journal.entries(EVENT="confirmed", NODE=name, AT=self.confirmed["at"], EVENT_ID=self.confirmed["id"])
        expect([entry["VIPD_CONFIRMED_MS"] for entry in found] == [str(self.confirmed["confirmedMs"])],
               f"the journal has of the confirmation: {found}")

    def deviations(self):
        """By how many milliseconds the wire is off what is told: the takeover, the confirmation, and when it was."""
        name, term = self.lab.node_name(self.successor), str(self.event["term"])
        broken = [frame for frame in self.frames if frame["vipd.refusal"]]
        expect(not broken, f"the dissector refuses {broken[:1]}")
        announcements = [frame for frame in self.frames if frame["vipd.kind"] == ANNOUNCEMENT]
        first = next((frame for frame in announcements if frame["vipd.name"] == name and frame["vipd.term"] == term), None)
        expect(first, f"no announcement of {name} in term {term} is among {len(self.frames)} recorded frames")
        old = self.lab.node_name(self.before)
        lives = [frame for frame in announcements if frame["ms"] < first["ms"] and frame["vipd.name"] == old]
        expect(lives, f"{old} is not in the recording")
        answers = [frame for frame in self.frames if frame["ms"] > first["ms"] and frame["arp.opcode"] == "2" and
                   frame["arp.src.proto_ipv4"] == self.last["confirmedBy"] and frame["arp.dst.proto_ipv4"] == VIP]
        expect(answers, f"no answer of {self.last['confirmedBy']} is in the recording")
        return {"takeover": first["ms"] - lives[-1]["ms"] - self.took["silence"] - self.took["claim"],
                "confirmation": answers[0]["ms"] - first["ms"] - self.took["confirm"],
                # Of the time of an event the millisecond is told that it was in.
                "time": min(0, first["ms"] - self.happened) + max(0, first["ms"] - self.happened - 1)}


def phases(lab, node):
    """Sums and counts of the phases of takeovers, as the metrics have them: {phase: (milliseconds, count)}."""
    _, text = lab.get(node, "/metrics")
    found = {}
    for phase in ("silence", "claim", "confirm"):
        label = f'{{group="api",phase="{phase}"}} '
        sums = [line.split()[-1] for line in text.splitlines() if line.startswith(f"vipd_takeover_phase_seconds_sum{label}")]
        counts = [line.split()[-1] for line in text.splitlines() if line.startswith(f"vipd_takeover_phase_seconds_count{label}")]
        found[phase] = (float(sums[0]) * 1000, int(counts[0]))
    return found

"""The web test from its first line to its last. Called by tools/web-test, which sees to it that all is there."""

import argparse
import contextlib
import os
import sys

import http_cases
import load_cases
import metrics_cases
import page_cases
import pictures
import takeover_cases
from browser import Browser
from lab import Lab
from report import Report


def main():
    parser = argparse.ArgumentParser(prog="tools/web-test", description="vipd-web in the lab: browser, Prometheus, clients.")
    parser.add_argument("--binaries", default=".build/release", help="where vipd, vipd-web and viplab are")
    parser.add_argument("--pictures", metavar="DIR", help="only take the screenshots of the documentation, into DIR")
    parser.add_argument("--seconds", type=int, default=10, help="how long each cost is measured; default 10")
    parser.add_argument("--only", action="append", choices=["page", "http", "metrics", "load"], help="only these; may be repeated")
    options = parser.parse_args()
    report = Report()
    # The lab, the browser and the clients go before whatever else this machine does, for it is not that which is measured.
    with contextlib.suppress(OSError):
        os.nice(-10)
    with Lab(options.binaries) as lab:
        if options.pictures:
            with Browser(lab.inside("client")) as browser:
                report.play("the screenshots are taken", pictures.take, lab, browser, options.pictures)
        else:
            play(lab, report, options.only or ["page", "http", "metrics", "load"], options.seconds)
    if report.failed:
        print(f"web test: {len(report.failed)} failed", file=sys.stderr)
    return 1 if report.failed else 0


def play(lab, report, kinds, seconds):
    """Plays the cases of some kinds."""
    if "page" in kinds:
        with Browser(lab.inside("client")) as browser:
            report.play("a takeover changes the page within a second; page, metrics, wire and journal agree to the millisecond",
                        takeover_cases.follow_takeover, lab, browser)
            report.play("a lost daemon and a lost vipd-web are told apart, and found again",
                        page_cases.lost_daemon, lab, browser)
            report.play("names that are meant for a browser are text", page_cases.hostile_names, lab, browser)
            report.play("a wrong clock of the browser's changes nothing", page_cases.wrong_clock, lab, browser)
            report.play("everything is reached by keys", page_cases.keyboard, lab, browser)
            report.play("everything is there for those who hear the page", page_cases.read_aloud, lab, browser)
            report.play("every text stands out from its ground", page_cases.contrast, lab, browser)
            report.play("no screen scrolls sideways", page_cases.narrow, lab, browser)
            report.play("the page has no errors to tell the console of", page_cases.console, browser)
    if "http" in kinds:
        report.play("status and events are what vipd prints", http_cases.as_printed, lab)
        report.play("requests that no browser sends are refused as the standards want it", http_cases.odd_requests, lab)
    if "metrics" in kinds:
        report.play("promtool has nothing to say against metrics and rules", metrics_cases.formats, lab)
        prometheus = metrics_cases.Prometheus(lab)
        report.play("a conflict has an alert fire", metrics_cases.conflict, lab, prometheus)
        report.play("the dashboard's queries are of metrics that are there", metrics_cases.dashboard, lab, prometheus)
    if "load" in kinds:
        report.play("hostile clients keep nobody from being served, and the daemon from nothing", load_cases.hostile, lab)
        report.play("fifty scrapers cost the daemon what one does", load_cases.cost, lab, seconds)


if __name__ == "__main__":
    sys.exit(main())

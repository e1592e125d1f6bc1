"""What Prometheus makes of the metrics: the format, the alerts, and every query of the dashboard, with a real server that
scrapes the lab.
"""

import json
import os
import time
import urllib.parse

from lab import PORT, VIP
from report import expect

HERE = os.path.dirname(os.path.abspath(__file__))
MONITORING = os.path.normpath(os.path.join(HERE, "../../docs/monitoring"))
CONFIGURATION = """
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [%s/vipd.rules.yml]
scrape_configs:
  - job_name: vipd
    static_configs: [{targets: [%s]}]
"""


def formats(lab):
    """promtool finds nothing to say against the metrics of any controller, nor against the rules, which do what they say."""
    for node in lab.nodes:
        checked = lab.run("client", ["promtool", "check", "metrics"], input=lab.get(node, "/metrics")[1])
        expect(checked.returncode == 0, f"{lab.node_name(node)}: {checked.stdout}{checked.stderr}")
    rules = lab.run("client", ["promtool", "check", "rules", f"{MONITORING}/vipd.rules.yml"])
    expect(rules.returncode == 0, rules.stdout + rules.stderr)
    tested = lab.run("client", ["promtool", "test", "rules", f"{HERE}/rules.test.yml"])
    expect(tested.returncode == 0, tested.stdout + tested.stderr)
    return rules.stdout.split("SUCCESS:")[1].strip()


class Prometheus:
    """A real one, on the lab's client, that scrapes all controllers every second."""

    def __init__(self, lab):
        self.lab = lab
        directory = f"{lab.directory}/prometheus"
        os.makedirs(directory)
        targets = ", ".join(f'"{lab.address(node)}:{PORT}"' for node in lab.nodes)
        with open(f"{directory}/prometheus.yml", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION % (MONITORING, targets))
        lab.run("client", ["ip", "link", "set", "lo", "up"])
        with open(f"{directory}/log", "w", encoding="utf-8") as log:
            lab.spawn("client", [
                "prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                "--web.listen-address=127.0.0.1:9090"], stdout=log, stderr=log)
        lab.wait(lambda: len(self.query("up == 1")) == len(lab.nodes), "Prometheus to scrape all controllers", 30)

    def ask(self, path):
        """The data of an answer of its API; None where there is none."""
        asked = self.lab.run("client", ["curl", "-sS", "-m", "5", f"http://127.0.0.1:9090/api/v1/{path}"])
        try:
            answer = json.loads(asked.stdout)
        except ValueError:
            # It says in prose that it is not ready yet.
            return None
        return answer.get("data") if answer.get("status") == "success" else None

    def query(self, expression):
        """The samples that an expression comes to."""
        data = self.ask(f"query?query={urllib.parse.quote(expression)}")
        return data["result"] if data else []

    def firing(self, alert):
        """Whether an alert fires."""
        data = self.ask("alerts") or {"alerts": []}
        return any(found["labels"]["alertname"] == alert and found["state"] == "firing" for found in data["alerts"])


def conflict(lab, prometheus):
    """A machine that somebody gave the same address has an alert fire, and ends it when it is gone."""
    lab.restore()
    holder = lab.holder()
    expect(not prometheus.firing("VipdConflict"), "the alert fires before anything happened")
    lab.run("gw", ["ip", "address", "add", f"{VIP}/32", "dev", "eth0"])
    began = time.monotonic()
    claimer = lab.spawn("gw", ["python3", f"{HERE}/frames.py", "claim", "60"])
    lab.wait(lambda: prometheus.firing("VipdConflict"), "the alert to fire", 30)
    fired = time.monotonic() - began
    expect(lab.holder() == holder, "the holder gave way to a foreign machine")
    claimer.terminate()
    claimer.wait()
    lab.run("gw", ["ip", "address", "delete", f"{VIP}/32", "dev", "eth0"])
    lab.wait(lambda: not prometheus.firing("VipdConflict"), "the alert to end", 60)
    total = prometheus.query(f'vipd_conflicts_total{{instance="{lab.address(holder)}:{PORT}"}}')
    expect(total and float(total[0]["value"][1]) >= 1, "the conflict was not counted")
    return f"fires after {fired:.1f} s, scraped and evaluated every second"


def dashboard(lab, prometheus):
    """Every query of the Grafana dashboard is one that Prometheus understands, of metrics that are there."""
    with open(f"{MONITORING}/vipd.dashboard.json", encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    expressions = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    expect(len(expressions) >= 10, f"the dashboard has {len(expressions)} queries")
    for expression in expressions:
        plain = expression.replace("$__rate_interval", "10s").replace("$job", "vipd").replace("$group", "api")
        expect(prometheus.ask(f"query?query={urllib.parse.quote(plain)}") is not None, f"{plain} is no query")
        metrics = {word for word in plain.replace("(", " ").replace("{", " ").split() if word.startswith("vipd_")}
        for metric in metrics:
            expect(prometheus.query(metric.rstrip(")")), f"{metric} of {plain} is not scraped")
    return f"{len(expressions)} queries"

"""What clients cost: hostile ones, who must not keep others from being served nor the daemon from its work, and many
scrapers, who must cost the daemon no more than one.
"""

import json
import os
import subprocess

from report import expect

CLIENTS = f"{os.path.dirname(os.path.abspath(__file__))}/clients.py"
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """What a process alone has of memory, in KiB. What it maps of files is not counted: its share of that grows whenever
    another process that maps them ends."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss_Anon:"))


def processor(pid):
    """The time of the processor that a process has had, in ms, by the scheduler's own account."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e6


def web_pid(lab, node):
    """The process of a controller's vipd-web, in which `ip netns exec` has become it."""
    return lab.webs[node].pid


def hostile(lab):
    """Half-open, slow, endless and senseless clients, all at once: /healthz answers, and the daemon holds."""
    lab.restore()
    node = lab.holder()
    web, daemon = web_pid(lab, node), lab.daemon_pid(node)
    term = lab.status(node)["term"]
    before = memory(web), memory(daemon)
    attack = lab.spawn("client", ["python3", CLIENTS, "hostile", lab.address(node), "15"], stdout=subprocess.PIPE, text=True)
    probes = [lab.spawn(place, ["python3", CLIENTS, "probe", lab.address(node), "12"], stdout=subprocess.PIPE, text=True)
              for place in ("client", "gw", node)]
    figures = [json.loads(probe.communicate(timeout=60)[0]) for probe in probes]
    during = memory(web), memory(daemon)
    kinds = json.loads(attack.communicate(timeout=60)[0])
    group = lab.status(node)
    expect(group["state"] == "holder" and group["term"] == term, f"the holder is {group['state']} in term {group['term']}")
    expect(kinds["half-open"] > 1000, f"the attack did not take place: {kinds}")
    for place, found in zip(("the attacker's address", "another machine", "the machine itself"), figures):
        expect(found["failed"] == 0, f"from {place}: {found}")
    expect(during[0] < before[0] + 16_384, f"vipd-web has grown from {before[0]} to {during[0]} KiB")
    expect(during[1] < before[1] + 512, f"the daemon has grown from {before[1]} to {during[1]} KiB")
    slowest = max(found["slowestMs"] for found in figures)
    return (f"{sum(kinds.values())} connections; /healthz: {sum(found['asked'] for found in figures)} answers, slowest "
            f"{slowest} ms; vipd-web {before[0]} -> {during[0]} KiB")


def cost(lab, seconds):
    """Fifty scrapers cost the daemon what one does. Two candidates are measured at a time, side by side, and then the other
    way round, so that what differs between them counts twice and out."""
    lab.restore()
    first, second = [node for node in lab.nodes if node != lab.holder()]
    spent = {count: [] for count in (0, 1, 50)}
    grown = {count: [] for count in (0, 1, 50)}
    for many, few, alone in ((first, second, 0), (second, first, 0), (first, second, 1), (second, first, 1)):
        loads = {many: 50, few: alone}
        pids = {node: lab.daemon_pid(node) for node in loads}
        began = {node: (processor(pid), memory(pid)) for node, pid in pids.items()}
        scrapers = [
            lab.spawn("client", ["python3", CLIENTS, "scrape", lab.address(node), str(count), str(seconds)],
                      stdout=subprocess.PIPE, text=True)
            for node, count in loads.items() if count > 0]
        if alone == 0:
            lab.spawn("client", ["sleep", str(seconds)]).wait()
        answers = [json.loads(scraper.communicate(timeout=seconds + 60)[0]) for scraper in scrapers]
        expect(all(answer["failed"] == 0 and answer["done"] >= seconds for answer in answers), f"scrapes failed: {answers}")
        for node, count in loads.items():
            spent[count].append((processor(pids[node]) - began[node][0]) / seconds)
            grown[count].append(memory(pids[node]) - began[node][1])
    mean = {count: sum(values) / len(values) for count, values in spent.items()}
    # A status a second is what any number of scrapers come to; a millisecond in each is for what else runs on the machine.
    expect(mean[50] - mean[1] < 1, f"50 scrapers cost {mean[50] - mean[1]:.2f} ms of the processor a second more than one")
    expect(mean[50] - mean[0] < 2, f"50 scrapers cost {mean[50] - mean[0]:.2f} ms of the processor a second")
    expect(max(grown[50]) < 256, f"the daemon has grown by {max(grown[50])} KiB")
    rates = ", ".join(f"{count} scrapers {mean[count]:.2f} ms/s" for count in (0, 1, 50))
    return f"processor: {rates}; memory: {max(grown[0])}, {max(grown[1])} and {max(grown[50])} KiB more at most"

"""The screenshots of the documentation: a cluster that has lived through some takeovers, and one in trouble."""

import os
import time

from lab import VIP

HERE = os.path.dirname(os.path.abspath(__file__))


def take(lab, browser, directory):
    """Lives through takeovers, then takes the pictures: light, dark, on a phone, and in trouble."""
    os.makedirs(directory, exist_ok=True)
    for fault, repair in (("cut", "power-on"), ("move", None), ("kill", "start"), ("cut", "power-on"), ("move", None)):
        lab.restore()
        time.sleep(6)
        holder = lab.holder()
        lab.fault(fault, holder)
        if repair:
            time.sleep(3)
            lab.fault(repair, holder)
    lab.restore()
    time.sleep(4)
    node = lab.holder()
    for name, width, scheme, mobile in (("light", 1280, "light", False), ("dark", 1280, "dark", False),
                                        ("phone", 390, "light", True)):
        picture(lab, browser, node, f"{directory}/web-{name}.png", width, scheme, mobile)
    lab.sicken(1 + node % 3)
    lab.run("gw", ["ip", "address", "add", f"{VIP}/32", "dev", "eth0"])
    claimer = lab.spawn("gw", ["python3", f"{HERE}/frames.py", "claim", "60"])
    lab.wait(lambda: lab.status(node)["conflicts"], "the conflict")
    picture(lab, browser, 1 + node % 3, f"{directory}/web-trouble.png", 1280, "dark", False)
    claimer.terminate()
    claimer.wait()
    return directory


def picture(lab, browser, node, path, width, scheme, mobile):
    """Takes one."""
    browser.show(width, 900, scheme, mobile)
    browser.open(lab.url(node))
    browser.wait("document.querySelector('.change')", "the page to be drawn")
    time.sleep(2.5)
    browser.picture(path)

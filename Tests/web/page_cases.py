"""What the page promises, in a real browser: it tells what it does not know, takes names for text, and can be used with a
keyboard and read aloud, on a phone and in both colours. How it follows a takeover is in takeover_cases.py.
"""

import time

from lab import VIP
from report import expect


def lost_daemon(lab, browser):
    """A page says that the daemon is lost, since when, and comes back by itself; the same for vipd-web."""
    lab.restore()
    node = 1 + lab.holder() % 3
    browser.open(lab.url(node))
    link = "document.getElementById('link-text').textContent"
    browser.wait(f"{link} === 'live'", "the page to be live")
    lab.fault("kill", node)
    browser.wait(f"{link}.startsWith('no connection to vipd: ')", "the page to say that vipd is lost")
    stale = browser.evaluate("document.body.classList.contains('stale') && "
                             "document.querySelector('.trouble.lost').textContent.includes('was true when')")
    expect(stale, "what is shown is not marked as old")
    expect(lab.get(node, "/healthz")[0] == 503, "/healthz does not tell")
    expect("\nvipd_up 0\n" in lab.get(node, "/metrics")[1], "/metrics does not tell")
    lab.fault("start", node)
    browser.wait(f"{link} === 'live'", "the page to be live again")
    lab.fault("hang", node)
    browser.wait(f"{link}.includes('did not answer within')", "the page to say that vipd hangs")
    lab.fault("resume", node)
    browser.wait(f"{link} === 'live'", "the page to be live after a hang")
    lab.stop_web(node)
    browser.wait(f"{link}.startsWith('no connection to vipd-web')", "the page to say that vipd-web is lost")
    lab.start_web(node)
    browser.wait(f"{link} === 'live'", "the page to find vipd-web again")
    return ""


NAMES = ["<script>document.title='evil'</script>", "\"><img src=x onerror=document.title='evil'>",
         "'\"&lt;b&gt;${1}{{1}}\u202eabc", "javascript:alert(1)//\u2028é中🙂"]


def hostile_names(lab, browser):
    """Names that are meant for a browser stand on the page as they are, and in the metrics as labels."""
    node = lab.holder()
    # Two nodes may go by one name and one address.
    sent = [*NAMES, NAMES[0]]
    sender = lab.spawn("client", ["python3", f"{__file__.rsplit('/', 1)[0]}/frames.py", "names", "30", *sent])
    lab.wait(lambda: len(lab.status(node)["peers"]) == 2 + len(sent), "the names to be heard")
    browser.open(lab.url(node))
    rows = "document.querySelectorAll('.nodes tbody tr').length"
    browser.wait(f"{rows} === {3 + len(sent)}", "the names on the page")
    time.sleep(2.5)
    expect(browser.evaluate(rows) == 3 + len(sent), f"of {3 + len(sent)} nodes there are {browser.evaluate(rows)} rows")
    shown = browser.evaluate("[...document.querySelectorAll('.nodes tbody .name')].map((name) => name.textContent)")
    for name in NAMES:
        expect(name in shown, f"{name!r} is not on the page, which has {shown}")
    made = browser.evaluate("document.querySelectorAll('img, iframe, main script, b:not([id=node]):not(.figures b)').length")
    expect(made == 0, "a name has become an element")
    expect("evil" not in browser.evaluate("document.title"), "a name was run")
    direct = browser.evaluate("""(() => {
      try { document.body.innerHTML = '<b>x</b>'; return 'done'; } catch (error) { return error.name; } })()""")
    expect(direct == "TypeError", f"markup made of text is {direct}: Trusted Types are off")
    metrics = lab.get(node, "/metrics")[1]
    checked = lab.run("client", ["promtool", "check", "metrics"], input=metrics)
    expect(checked.returncode == 0, f"promtool: {checked.stderr}{checked.stdout}")
    sender.terminate()
    return f"{len(NAMES)} names"


def wrong_clock(lab, browser):
    """A browser whose clock is an hour slow shows for how long somebody holds, and when, all the same."""
    lab.restore()
    shift = browser.call("Page.addScriptToEvaluateOnNewDocument", {
        "source": "{ const real = Date.now; Date.now = () => real() - 3600e3; }"})["identifier"]
    try:
        browser.open(lab.url(lab.holder()))
        browser.wait("document.querySelector('.hold')?.getBoundingClientRect().width > 0", "who held it, when")
        text = "document.querySelector('[data-field=since]').textContent"
        browser.wait(f"/, ([1-9]|.*min)/.test({text})", "the time since the claim to pass")
        return browser.evaluate(text)
    finally:
        browser.call("Page.removeScriptToEvaluateOnNewDocument", {"identifier": shift})


def keyboard(lab, browser):
    """Everything is reached by keys, in the order of the page, and what has the focus can be seen."""
    browser.open(lab.url(1))
    browser.wait("document.querySelector('.range input:checked')", "the page to be drawn")
    focused = "document.activeElement"
    reached = []
    for _ in range(12):
        browser.press("Tab", "Tab", 9)
        reached.append(browser.evaluate(f"({focused}.closest('a, summary, input')?.tagName ?? 'NONE')"
                                        f" + ' ' + {focused}.textContent.trim().slice(0, 20)"))
        outlined = browser.evaluate(f"(() => {{ const seen = {focused}.matches('input') ? {focused}.nextSibling : {focused};"
                                    f" return {focused} === document.body || getComputedStyle(seen).outlineStyle !== 'none'; }})()")
        expect(outlined, f"nothing shows that {reached[-1]} has the focus")
        if reached[-1].startswith("INPUT"):
            before = browser.evaluate(f"{focused}.value")
            browser.press("ArrowRight", "ArrowRight", 39)
            browser.wait(f"{focused}.value !== '{before}' && {focused}.checked", "an arrow key to choose the next range")
            chosen = browser.evaluate(f"{focused}.value")
            time.sleep(1.5)
            expect(browser.evaluate(f"{focused}.value + {focused}.checked") == f"{chosen}true",
                   "drawing anew takes the choice or the focus away")
        if reached[-1].startswith("SUMMARY"):
            browser.press(" ", "Space", 32)
            browser.call("Input.dispatchKeyEvent", {"type": "char", "text": "\r"})
            break
    order = [word.split()[0] for word in reached]
    expect(order[:3] == ["A", "INPUT", "SUMMARY"], f"the keys reach {reached}")
    expect(reached[0].startswith("A Skip"), f"the first stop is {reached[0]}")
    return ", ".join(reached)


def read_aloud(lab, browser):
    """Landmarks, headings, a table, and live regions are there for those who hear the page."""
    browser.open(lab.url(1))
    browser.wait("document.querySelector('.nodes tbody tr')", "the page to be drawn")
    browser.call("Accessibility.enable")
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in tree:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    for role in ("banner", "main", "contentinfo", "table", "rowheader", "columnheader", "status", "radio", "group", "region"):
        expect(role in roles, f"there is no {role} among {sorted(roles)}")
    expect(roles["region"] == [VIP], f"the group is called {roles['region']}")
    levels = browser.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]))")
    expect(levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:])), f"headings {levels}")
    browser.show(390, 844, mobile=True)
    time.sleep(0.3)
    narrow = {node["role"]["value"] for node in browser.call("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")}
    expect({"table", "row", "rowheader", "cell"} <= narrow, "on a phone the table is no table any more")
    nameless = browser.evaluate("[...document.querySelectorAll('svg[role=img]')].filter((picture) => !picture.ariaLabel).length")
    expect(nameless == 0, f"{nameless} pictures have no words")
    browser.show(1280, 900)
    return f"{len(tree)} nodes of the accessibility tree"


# The contrast of each text with what is behind it: WCAG 2.2, 1.4.3.
CONTRASTS = """(() => {
  const channel = (value) => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const text = light(parse(element instanceof SVGElement ? style.fill : style.color));
    const behind = light(ground(element));
    const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    found.push([Math.round(contrast * 100) / 100, element.tagName + '.' + element.getAttribute('class') + ' ' + element.textContent.trim().slice(0, 30)]);
  }
  return found.sort((a, b) => a[0] - b[0]);
})()"""


def contrast(lab, browser):
    """Every text has a contrast of at least 4.5 with its ground, in light and in dark, with troubles and without."""
    node = lab.holder()
    lab.sicken(node)
    lab.wait(lambda: lab.status(node)["checks"][0]["state"] == "failing", "the check to fail")
    least = {}
    for scheme in ("light", "dark"):
        browser.show(1280, 900, scheme)
        browser.open(lab.url(node))
        browser.wait("document.querySelector('.trouble.bad')", "the sick check on the page")
        browser.evaluate("document.querySelector('details').open = true")
        time.sleep(0.7)
        found = browser.evaluate(CONTRASTS)
        expect(len(found) > 40, f"only {len(found)} texts were looked at")
        expect(found[0][0] >= 4.5, f"in {scheme}: {found[0]}")
        least[scheme] = found[0][0]
    lab.sicken(node, False)
    lab.restore()
    browser.show(1280, 900)
    return ", ".join(f"{scheme}: {value} at least" for scheme, value in least.items())


def narrow(lab, browser):
    """No screen makes the page scroll sideways, down to 320 pixels."""
    for width in (1280, 768, 390, 320):
        browser.show(width, 800, mobile=width < 500)
        browser.open(lab.url(1))
        browser.wait("document.querySelector('.nodes tbody tr')", "the page to be drawn")
        wide = browser.evaluate("document.documentElement.scrollWidth")
        expect(wide <= width, f"at {width} pixels the page is {wide} wide")
    browser.show(1280, 900)
    return ""


def console(browser):
    """What the browser had to complain of in all of this: only that vipd-web was stopped, and a blocked attempt."""
    expected = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "TrustedHTML", "ERR_CONNECTION_RESET",
                "ERR_EMPTY_RESPONSE")
    others = [line for line in browser.console if not any(word in line for word in expected)]
    expect(not others, "; ".join(others))
    return ""

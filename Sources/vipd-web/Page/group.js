// One group of addresses: who holds, who is next, the nodes, the checks, what is wrong. Deliberately not here: what is drawn
// in time (timeline.js), and where the facts come from (page.js).
import { element, heard, moment, now, reasonText, reconcile, setAttribute, setText, span } from "./dom.js";
import { ago, drawChanges, drawRibbon, ranges } from "./timeline.js";

const mostAddresses = 4;
const mostLog = 100;

/** A state in a sign and a word: no meaning is told by colour alone. */
const signs = {
  holder: "●", handingOver: "◐", candidate: "○", listening: "◌", probing: "◔", occupied: "◔", claiming: "◑",
  releasing: "◐", ineligible: "✕", gone: "–",
};

export class Group {
  constructor(name) {
    this.name = name;
    /** Until somebody chooses one, the shortest that shows all there is. */
    this.range = null;
    const template = document.getElementById("group-template");
    this.section = template.content.cloneNode(true).firstElementChild;
    this.fields = Object.fromEntries(
      [...this.section.querySelectorAll("[data-field]")].map((field) => [field.dataset.field, field]));
    this.fields.addresses.id = `group-${encodeURIComponent(name)}`;
    this.section.setAttribute("aria-labelledby", this.fields.addresses.id);
    this.addRanges();
    this.fields.log.parentElement.addEventListener("toggle", () => this.relog?.());
  }

  addRanges() {
    const box = this.section.querySelector(".range");
    this.inputs = [];
    for (const range of ranges) {
      const label = element("label");
      const input = element("input");
      input.type = "radio";
      input.name = `range-${encodeURIComponent(this.name)}`;
      input.value = range.key;
      this.inputs.push(input);
      input.addEventListener("change", () => {
        this.range = range;
        this.redraw?.();
      });
      label.append(input, element("span", "", range.text));
      box.append(label);
    }
  }

  /** Brings everything up to date. `lostAt` is when the daemon was lost; null while it is there. */
  update(report, status, history, lostAt) {
    const changes = history.changes(this.name);
    this.redraw = () => this.drawTime(report, status, history, lostAt);
    this.updateHead(report, status, changes, lostAt);
    this.updateTroubles(status, lostAt);
    this.updateNodes(report, status);
    this.updateChecks(status);
    drawChanges(this.fields.changes, this.fields.axis, changes);
    this.relog = () => this.updateLog(history);
    this.relog();
    this.redraw();
  }

  drawTime(report, status, history, lostAt) {
    const time = now();
    const holds = history.holds(this.name, status, lostAt ?? time);
    const names = [...new Set([report.node.name, ...status.peers.map((peer) => peer.name), ...holds.map((hold) => hold.holder)])];
    const age = time - (holds[0]?.start ?? time);
    const fitting = ranges.find((range) => range.milliseconds >= age) ?? ranges.at(-2);
    const range = this.range ?? fitting;
    this.inputs[ranges.indexOf(range)].checked = true;
    drawRibbon(this.fields.ribbon, names, holds, range, time, lostAt);
  }

  updateHead(report, status, changes, lostAt) {
    const more = status.addresses.length - mostAddresses;
    setText(this.fields.addresses,
      status.addresses.slice(0, mostAddresses).join(", ") + (more > 0 ? ` and ${more} more` : ""));
    const trust = {
      unauthenticated: "unauthenticated", acceptsUnsigned: "accepts unsigned frames", authenticated: "signed",
    }[report.node.authentication];
    setText(this.fields.place,
      [`group ${this.name}`, status.interface ?? "no link yet", `term ${status.term}`, trust].join(" · "));
    const holder = status.holder;
    setText(this.fields.holder, holder?.name ?? "nobody");
    setAttribute(this.fields.holder, "data-held", holder ? "yes" : "no");
    const since = holder?.since ? `since ${moment(new Date(holder.since))}, ${span((lostAt ?? now()) - Date.parse(holder.since))}` : "";
    const lease = status.leaseLeftMs === null ? "" : `lease ${(status.leaseLeftMs / 1000).toFixed(1)} s`;
    setText(this.fields.since, [since, lease].filter(Boolean).join(" · ") || (holder ? "since before this node began" : "no node announces it"));
    setText(this.fields.next, status.next ?? "nobody");
    setText(this.fields["next-why"], status.next === null ? "no other node may hold" : this.rankText(report, status));
    const last = changes.at(-1);
    const [from, arrow, to] = this.fields.last.children;
    setText(from, last ? last.from ?? "nobody" : "none yet");
    setText(arrow, last ? " → " : "");
    setText(to, last ? last.to ?? "nobody" : "");
    setText(this.fields["last-why"], last ? `${reasonText(last.reason)}, ${ago(last.time)}` : "");
  }

  rankText(report, status) {
    const candidates = status.peers.filter((peer) => peer.eligible && peer.name !== status.holder?.name).length;
    const own = status.eligible && report.node.name !== status.holder?.name ? 1 : 0;
    const count = candidates + own;
    return count === 1 ? "the only candidate" : `first of ${count} candidates`;
  }

  updateTroubles(status, lostAt) {
    const troubles = [];
    if (lostAt !== null) troubles.push(["lost", "Not known", "what follows was true when vipd was last heard"]);
    if (status.holder === null) troubles.push(["bad", "Nobody holds", status.reason ?? ""]);
    for (const conflict of status.conflicts) {
      troubles.push(["bad", "Conflict",
        `${conflict.description} (${conflict.count} frames since ${moment(new Date(conflict.since))})`]);
    }
    const failing = status.checks.filter((check) => check.state === "failing");
    for (const check of failing) {
      troubles.push(["bad", "Check fails", `${check.name}: ${check.message}`]);
    }
    if (!status.eligible && failing.length === 0) troubles.push(["odd", "May not hold", `this node: ${status.health ?? status.reason ?? ""}`]);
    reconcile(this.fields.troubles, troubles, ([, title, text]) => `${title} ${text.slice(0, 40)}`,
      () => {
        const row = element("li");
        row.append(element("strong"), element("span"));
        return row;
      },
      (row, [kind, title, text]) => {
        setAttribute(row, "class", `trouble ${kind}`);
        setText(row.children[0], title);
        setText(row.children[1], text);
      });
  }

  updateNodes(report, status) {
    const own = {
      name: report.node.name, isOwn: true, state: status.state, address: status.address, priority: status.priority,
      heardMs: null, health: status.health,
    };
    const nodes = [own, ...status.peers].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    reconcile(this.fields.nodes, nodes, (node) => `${node.name} ${node.address} ${node.isOwn ?? false}`,
      () => {
        const row = element("tr");
        const head = element("th");
        head.scope = "row";
        head.append(element("span", "name"), element("span", "tag"));
        const state = element("td", "state");
        const sign = element("span", "sign");
        sign.setAttribute("aria-hidden", "true");
        state.append(sign, element("span"));
        row.append(head, state, element("td", "mono"), element("td", "number"), element("td", "number"), element("td", "health"));
        // The phone lays rows out as cards; for a screen reader they stay a table.
        row.setAttribute("role", "row");
        ["node", "state", "address", "priority", "heard", "health"].forEach((label, place) => {
          row.children[place].dataset.label = label;
          row.children[place].setAttribute("role", place === 0 ? "rowheader" : "cell");
        });
        return row;
      },
      (row, node) => this.updateNode(row, node, status));
  }

  updateNode(row, node, status) {
    const state = node.state ?? "gone";
    setAttribute(row, "data-state", state);
    const [head, cell, address, priority, age, health] = row.children;
    setText(head.children[0], node.name);
    const tags = [node.isOwn ? "this node" : "", node.name === status.next ? "next" : ""].filter(Boolean);
    setText(head.children[1], tags.join(", "));
    setText(cell.children[0], Object.hasOwn(signs, state) ? signs[state] : "?");
    setText(cell.children[1], { gone: "not heard", handingOver: "handing over" }[state] ?? state);
    setText(address, node.address ?? "–");
    setText(priority, String(node.priority ?? "–"));
    setText(age, node.heardMs === null ? "–" : heard(node.heardMs));
    setText(health, (state === "gone" ? null : node.health) ?? "–");
    setAttribute(health, "data-well", /^ok$/.test(node.health ?? "ok") ? "yes" : "no");
  }

  updateChecks(status) {
    if (status.checks.length === 0) {
      reconcile(this.fields.checks, [{}], () => "none", () => element("li", "none", "None are configured."), () => {});
      return;
    }
    reconcile(this.fields.checks, status.checks, (check) => check.name,
      () => {
        const row = element("li");
        row.append(element("span", "sign"), element("span", "name"), element("span", "result"), element("span", "more"));
        row.children[0].setAttribute("aria-hidden", "true");
        return row;
      },
      (row, check) => {
        setAttribute(row, "data-state", check.state);
        setText(row.children[0], { passing: "✓", failing: "✕" }[check.state] ?? "?");
        setText(row.children[1], check.name);
        setText(row.children[2], `${check.state} for ${span(now() - Date.parse(check.since))}`);
        setText(row.children[3], check.message);
      });
  }

  updateLog(history) {
    if (!this.fields.log.parentElement.open) return;
    reconcile(this.fields.log, history.log(this.name, mostLog), (event) => event.name,
      (event) => {
        const row = element("li");
        const time = element("time", "", moment(new Date(event.time), true));
        time.dateTime = event.at;
        row.append(time, element("span", "kind", event.kind), element("span", "", event.message));
        return row;
      }, () => {});
  }
}

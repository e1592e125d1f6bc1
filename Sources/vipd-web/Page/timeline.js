// The two pictures in time: who held when, and the phases of each change of hands. Both to scale, drawn in per cent of
// their width, so that they fit any screen.
import { clock, element, moment, now, reasonText, reconcile, setAttribute, setText, shape, span } from "./dom.js";

/** How far back the ribbon may go. */
export const ranges = [
  { key: "5m", text: "5 min", milliseconds: 300e3 }, { key: "15m", text: "15 min", milliseconds: 900e3 },
  { key: "1h", text: "1 h", milliseconds: 3600e3 },
  { key: "24h", text: "24 h", milliseconds: 86400e3 }, { key: "all", text: "all", milliseconds: null },
];

const mostLanes = 16;
const mostChanges = 12;

const percent = (part) => `${(Math.min(1, Math.max(0, part)) * 100).toFixed(3)}%`;

/** Steps for an axis: 1, 2 or 5 times a power of ten, at most `most` of them in `length`. */
function niceStep(length, most) {
  const raw = length / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw);
}

/** Steps for an axis of time of day. */
function clockStep(length, most) {
  const seconds = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400, 604800];
  return 1000 * (seconds.find((step) => step * 1000 >= length / most) ?? 604800);
}

/** Draws who held when: a lane a node. `lostAt` is when the daemon was lost, after which nobody here knows. */
export function drawRibbon(target, names, holds, range, time, lostAt) {
  const earliest = holds[0]?.start ?? time - 60e3;
  const length = range.milliseconds ?? Math.max(60e3, (time - earliest) * 1.04);
  const begin = time - length;
  // Where there are too many, those who held last are shown.
  const latest = new Map(holds.map((hold, place) => [hold.holder, place]));
  const lanes = names.sort().sort((a, b) => (latest.get(b) ?? -1) - (latest.get(a) ?? -1)).slice(0, mostLanes).sort();
  reconcile(target, [...lanes.map((name) => ({ name })), { axis: true }],
    (lane) => (lane.axis ? "axis" : `lane ${lane.name}`),
    (lane) => {
      const row = element("div", lane.axis ? "axis" : "lane");
      row.append(element("span", "lane-name"), shape("svg", { class: "lane-line", ...(lane.axis ? {} : { role: "img" }) }));
      return row;
    },
    (row, lane) => {
      const [label, picture] = row.children;
      setText(label, lane.axis ? "" : lane.name);
      if (lane.axis) {
        drawClockAxis(picture, begin, length);
        return;
      }
      const own = holds.filter((hold) => hold.holder === lane.name && hold.end >= begin);
      setAttribute(picture, "aria-label", describe(own, time));
      const parts = [shape("line", { class: "rail", x1: "0%", x2: "100%", y1: 12, y2: 12 })];
      for (const hold of own) {
        const start = (Math.max(hold.start, begin) - begin) / length;
        const width = (hold.end - begin) / length - start;
        parts.push(shape("rect", { class: "hold", x: percent(start), y: 5, width: percent(width), height: 14, rx: 2 }));
        // However short a hold was, it shows.
        if (hold.start >= begin) parts.push(shape("rect", { class: "edge", x: percent(start), y: 3, width: 2, height: 18 }));
      }
      if (lostAt !== null) {
        const start = (lostAt - begin) / length;
        parts.push(shape("rect", { class: "unknown", x: percent(start), y: 0, width: percent(1 - start), height: 24 }));
      }
      picture.replaceChildren(...parts);
    });
}

function describe(holds, time) {
  if (holds.length === 0) return "held nothing in this time";
  const parts = holds.slice(-5).map((hold) => {
    const end = hold.end >= time ? "now" : clock(new Date(hold.end));
    return `${clock(new Date(hold.start))} to ${end}`;
  });
  const more = holds.length > 5 ? `, and ${holds.length - 5} times before` : "";
  return `held it from ${parts.join(", from ")}${more}`;
}

function drawClockAxis(picture, begin, length) {
  const step = clockStep(length, 6);
  const offset = new Date(begin).getTimezoneOffset() * 60e3;
  const parts = [];
  for (let time = Math.ceil((begin - offset) / step) * step + offset; time <= begin + length; time += step) {
    const place = (time - begin) / length;
    if (place < 0.03 || place > 0.97) continue;
    parts.push(shape("line", { class: "tick", x1: percent(place), x2: percent(place), y1: 0, y2: 5 }));
    const text = shape("text", { x: percent(place), y: 18 });
    text.textContent = step >= 86400e3 ? moment(new Date(time)).slice(0, 10) : clock(new Date(time)).slice(0, step < 60e3 ? 8 : 5);
    parts.push(text);
  }
  setAttribute(picture, "aria-hidden", "true");
  picture.replaceChildren(...parts);
}

/**
 * The milliseconds that the width of a bar stands for: those of the longest, but for ones so long that the others could not
 * be read beside them. Their bars are cut, and say so.
 */
function scaleOf(totals) {
  const telling = totals.filter((total) => total >= 20).sort((a, b) => a - b);
  const median = telling[Math.floor((telling.length - 1) / 2)] ?? 20;
  return 1.06 * Math.max(20, ...totals.filter((total) => total <= 4 * median));
}

/** Draws the last changes of hands, the latest first, all to one scale. */
export function drawChanges(list, axis, changes) {
  const shown = changes.slice(-mostChanges).reverse();
  const total = (change) => (change.silence ?? 0) + (change.claim ?? 0) + (change.confirmed ?? 0);
  const longest = scaleOf(shown.map(total));
  drawAxis(axis, shown.length === 0 ? 0 : longest);
  reconcile(list, shown, (change) => change.name, makeChange, (row, change) => updateChange(row, change, longest));
  if (shown.length === 0) list.replaceChildren(element("li", "none", "None since vipd began here."));
}

/** The milliseconds above the changes, each of which has the same lines. */
function drawAxis(axis, longest) {
  const parts = steps(longest).filter((time) => time < longest * 0.97).map((time) => {
    const text = shape("text", { x: percent(time / longest), y: 12, class: time === 0 ? "first" : "" });
    text.textContent = time === 0 ? "0" : `${time} ms`;
    return text;
  });
  axis.replaceChildren(...parts);
}

function steps(longest) {
  const step = longest > 0 ? niceStep(longest, 6) : 0;
  return longest > 0 ? Array.from({ length: Math.floor(longest / step) + 1 }, (_, place) => place * step) : [];
}

function makeChange() {
  const row = element("li", "change");
  const words = element("div", "words");
  const hands = element("span", "hands");
  hands.append(element("span", "name"), " → ", element("span", "name"));
  words.append(element("time"), hands, element("span", "why"));
  const phases = element("div", "phases");
  const figures = element("p", "figures");
  figures.append(element("b"), element("span"));
  phases.append(shape("svg", { class: "scale", "aria-hidden": "true" }), figures);
  row.append(words, phases);
  return row;
}

function updateChange(row, change, longest) {
  const [words, phases] = row.children;
  const [time, hands, why] = words.children;
  setText(time, moment(new Date(change.time), true));
  setAttribute(time, "datetime", new Date(change.time).toISOString());
  setText(hands.firstElementChild, change.from ?? "nobody");
  setText(hands.lastElementChild, change.to ?? "nobody");
  setText(why, `${reasonText(change.reason)}${change.term === null ? "" : `, term ${change.term}`}`);
  const [picture, figures] = phases.children;
  const figured = [["silence", change.silence], ["claim", change.claim], ["confirmed after", change.confirmed]];
  const known = figured.filter(([, value]) => value !== null && value !== undefined);
  const isWhole = change.silence !== null && change.claim !== null;
  setText(figures.firstElementChild, isWhole ? `${change.silence + change.claim} ms` : "");
  setText(figures.lastElementChild, known.length === 0 ? "there was no holder before"
    : known.map(([name, value]) => `${name} ${value} ms`).join(", "));
  drawPhases(picture, change, longest);
}

function drawPhases(picture, change, longest) {
  const silence = change.silence ?? 0;
  const claim = change.claim ?? 0;
  const parts = [];
  for (const time of steps(longest)) {
    parts.push(shape("line", { class: "tick", x1: percent(time / longest), x2: percent(time / longest), y1: 0, y2: 22 }));
  }
  const bar = (name, from, length) => shape("rect", {
    class: name, x: percent(from / longest), y: 4, height: 14,
    width: percent(Math.min(length, Math.max(0, longest - from)) / longest),
  });
  if (silence > 0) parts.push(bar("silence", 0, silence));
  if (claim > 0) parts.push(bar("claim", silence, claim));
  if (silence + claim > longest) {
    const cut = shape("svg", { x: "100%", overflow: "visible" });
    cut.append(shape("path", { class: "cut", d: "M-22,0 l-6,22 M-15,0 l-6,22" }));
    picture.replaceChildren(...parts, cut);
    return;
  }
  const announced = percent((silence + claim) / longest);
  parts.push(shape("line", { class: "announced", x1: announced, x2: announced, y1: 0, y2: 22 }));
  if (change.confirmed !== null && change.confirmed !== undefined) {
    parts.push(shape("circle", {
      class: "confirm", cx: percent((silence + claim + change.confirmed) / longest), cy: 11, r: 4.5,
    }));
  }
  picture.replaceChildren(...parts);
}

/** How long ago, for the last change. */
export const ago = (time) => `${span(now() - time)} ago`;

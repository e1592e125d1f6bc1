// Small things that the drawing needs: elements, texts, times. Whatever comes from the daemon goes through textContent and
// setAttribute alone: names come off the wire.

/** An element with classes and a text. */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** An element of SVG with attributes. */
export function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Sets a text, only if it is another: what reads the page aloud is not to be disturbed for nothing. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets an attribute, only if it is another. */
export function setAttribute(target, name, value) {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/**
 * Makes the children of a list those of `items`, in their order. Elements are kept by key, so that focus and selection
 * stay; `make` makes one, `update` brings it up to date. Two items may have one key, since names come off the wire.
 */
export function reconcile(list, items, keyOf, make, update) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const left = new Set(list.children);
  const uses = new Map();
  let place = null;
  for (const item of items) {
    const base = keyOf(item);
    const use = uses.get(base) ?? 0;
    uses.set(base, use + 1);
    // No name has a line break in it.
    const key = use === 0 ? base : `${base}\n${use}`;
    let child = known.get(key);
    if (child) {
      known.delete(key);
      left.delete(child);
    } else {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    const next = place ? place.nextSibling : list.firstChild;
    if (child !== next) list.insertBefore(child, next);
    place = child;
  }
  for (const child of left) child.remove();
}

/** By how much the clock of the machine that is looked at is ahead of this one's, in milliseconds. */
let ahead = 0;

/** Takes the time that it is there, as it has just been told. */
export function setClock(time) {
  ahead = Number.isFinite(time) ? time - Date.now() : 0;
}

/** The time that it is there: that of the browser may be wrong, and all that is shown has happened there. */
export const now = () => Date.now() + ahead;

const two = (number) => String(number).padStart(2, "0");

/** Local time of day, as in 03:11:04, with milliseconds where wanted. */
export function clock(date, withMilliseconds = false) {
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, "0")}` : time;
}

/** Local date and time of day; without the date where it is today. */
export function moment(date, withMilliseconds = false) {
  const isToday = date.toDateString() === new Date(now()).toDateString();
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} `;
  return (isToday ? "" : day) + clock(date, withMilliseconds);
}

/** A span of time in its two largest units. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(seconds / unit));
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/** Milliseconds as they are, or in larger units where there are many. */
export function heard(milliseconds) {
  return milliseconds < 10000 ? `${milliseconds} ms` : span(milliseconds);
}

/** Why the addresses changed hands, in words; what is no known word reads as it is. */
export function reasonText(reason) {
  const words = {
    start: "no holder was known", silence: "holder went silent", resign: "holder resigned",
    lease: "holder's daemon went silent, and its lease ended", conflict: "two held, the better claim stays",
    carrierLost: "no carrier", leaseLapsed: "own lease lapsed before it was renewed", maintenance: "maintenance",
    stop: "stopped", addressRefused: "the kernel refused an address", handover: "handed over",
    unhealthy: "its services are sick", quorumLost: "no majority acknowledged it",
  };
  return Object.hasOwn(words, reason) ? words[reason] : reason;
}

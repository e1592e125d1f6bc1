// What the events come to: the changes of hands of each group, and who held when. Deliberately not here: drawing.

/** Events that are kept, as many as vipd keeps. */
const mostEvents = 1000;

export class History {
  constructor() {
    this.events = [];
    this.names = new Set();
  }

  /** Takes in an event under the name that the stream has for it; false where it is there already. */
  add(name, event) {
    if (this.names.has(name)) return false;
    this.names.add(name);
    this.events.push({ ...event, name, time: Date.parse(event.at) });
    while (this.events.length > mostEvents) this.names.delete(this.events.shift().name);
    return true;
  }

  /** The events of a group and of the whole node, the latest first. */
  log(group, most) {
    return this.events.filter((event) => event.group === null || event.group === group).slice(-most).reverse();
  }

  /** The changes of hands of a group, oldest first, each with its phases in milliseconds. */
  changes(group) {
    const changes = [];
    for (const event of this.events) {
      if (event.group !== group) continue;
      if (event.kind === "transition") {
        changes.push({
          name: event.name, time: event.time, from: event.from, to: event.to, reason: event.reason, term: event.term,
          silence: event.silenceMs, claim: event.claimMs, confirmed: null,
        });
      } else if (event.kind === "confirmed" && changes.length > 0) {
        const last = changes.at(-1);
        last.confirmed ??= event.confirmedMs;
      }
    }
    return changes;
  }

  /** Who held a group, from when until when; the last until `until`. */
  holds(group, status, until) {
    const holds = [];
    for (const change of this.changes(group)) {
      const before = holds.at(-1);
      if (before && before.end === null) {
        // The holder's part ends at its last sign of life.
        before.end = Math.max(before.start, change.time - (change.silence ?? 0) - (change.claim ?? 0));
      }
      if (change.to !== null) holds.push({ holder: change.to, start: change.time, end: null });
    }
    const holder = status.holder;
    if (holder && holds.at(-1)?.end !== null) {
      holds.push({ holder: holder.name, start: holder.since ? Date.parse(holder.since) : until, end: null });
    }
    for (const hold of holds) hold.end ??= until;
    return holds;
  }
}

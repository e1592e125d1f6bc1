// The page: follows vipd-web's stream of events and status, and has the groups drawn. It says when it does not know: a lost
// daemon and a lost vipd-web are told apart, and what is shown then is marked as old.
import { clock, element, now, reasonText, setClock, setText } from "./dom.js";
import { Group } from "./group.js";
import { History } from "./history.js";

/** Without a word for so long, vipd-web is taken for lost: it says something every second, or every five at least. */
const patience = 7000;
/** How long a new connection is given, and a refused one waits. */
const respite = 5000;

const history = new History();
const groups = new Map();
let report = null;
/** Whether what happened before the page was opened has been told. */
let isUpToDate = false;
let heardAt = performance.now();
let stream = null;
let followedAt = 0;
/** What is wrong with the way to the daemon; null while all is well. */
let problem = { text: "connecting", kind: "waiting" };
let lostAt = null;
let isDrawing = false;

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  // Many events come at once; they are drawn once.
  setTimeout(() => {
    isDrawing = false;
    drawNow();
  }, 0);
}

function drawNow() {
  drawLink();
  if (!report) return;
  document.getElementById("empty").hidden = report.groups.length > 0;
  setText(document.getElementById("empty"), "This node has no groups.");
  setText(document.getElementById("node"), report.node.name);
  setText(document.getElementById("version"), `vipd ${report.node.version}`);
  const place = document.getElementById("groups");
  for (const status of report.groups) {
    if (!groups.has(status.name)) {
      groups.set(status.name, new Group(status.name));
      place.append(groups.get(status.name).section);
    }
    groups.get(status.name).update(report, status, history, lostAt);
  }
  const names = new Set(report.groups.map((status) => status.name));
  for (const [name, group] of groups) {
    if (names.has(name)) continue;
    group.section.remove();
    groups.delete(name);
  }
  const holders = report.groups.map((status) => status.holder?.name ?? "nobody");
  document.title = `${problem ? "? " : ""}${[...new Set(holders)].join(", ")} · vipd`;
}

function drawLink() {
  const link = document.getElementById("link");
  link.dataset.state = problem ? problem.kind : "live";
  const since = lostAt === null ? "" : ` since ${clock(new Date(lostAt))}`;
  setText(document.getElementById("link-text"), problem ? `${problem.text}${since}` : "live");
  document.body.classList.toggle("stale", problem !== null && report !== null);
}

function lose(text, kind = "lost") {
  if (problem?.text === text) return;
  problem = { text, kind };
  if (report) lostAt ??= now();
  draw();
}

function find() {
  problem = null;
  lostAt = null;
}

/** Has a change of hands read aloud. */
function announce(event) {
  const group = report?.groups.find((status) => status.name === event.group);
  const what = group ? group.addresses[0] : event.group;
  const milliseconds = event.silenceMs !== null && event.claimMs !== null ? `, ${event.silenceMs + event.claimMs} milliseconds` : "";
  const news = document.getElementById("news");
  news.replaceChildren(element("p", "",
    event.to === null ? `Nobody holds ${what}: ${reasonText(event.reason)}`
      : `${event.to} now holds ${what}: ${reasonText(event.reason)}${milliseconds}`));
}

function follow() {
  stream?.close();
  stream = new EventSource("/api/events/stream");
  followedAt = performance.now();

  stream.addEventListener("clock", (message) => setClock(Date.parse(JSON.parse(message.data).at)));

  stream.addEventListener("entry", (message) => {
    heardAt = performance.now();
    const event = JSON.parse(message.data);
    if (!history.add(message.lastEventId, event)) return;
    if (isUpToDate && event.kind === "transition") announce(event);
    draw();
  });

  stream.addEventListener("status", (message) => {
    heardAt = performance.now();
    report = JSON.parse(message.data);
    isUpToDate = true;
    find();
    draw();
  });

  stream.addEventListener("link", (message) => {
    heardAt = performance.now();
    const link = JSON.parse(message.data);
    if (!link.connected) lose(`no connection to vipd: ${link.problem}`);
  });

  stream.addEventListener("error", () => {
    const isRefused = stream.readyState === EventSource.CLOSED;
    lose(isRefused ? "vipd-web refuses to tell more; trying again" : "no connection to vipd-web");
  });
}

follow();

setInterval(() => {
  const isSilent = performance.now() - heardAt > patience;
  if (isSilent) lose("no connection to vipd-web");
  // The browser comes back by itself after a connection that it knows to be lost: not after a refusal, as where too many
  // follow, nor where the other side is gone without a word, for who only listens never finds out.
  if ((isSilent || stream.readyState === EventSource.CLOSED) && performance.now() - followedAt > respite) follow();
  draw();
}, 1000);

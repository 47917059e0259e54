// The map: stations in view from the API, a search, a station's sheet when one is chosen.

import { age, readClock } from "./ticks.js";
import { say } from "./words.js";

const STATUS = {
  AVAILABLE: ["free", "Free"],
  BLOCKED: ["blocked", "Cable connected"],
  CHARGING: ["used", "In use"],
  INOPERATIVE: ["off", "Out of service"],
  OUTOFORDER: ["fault", "Out of order"],
  PLANNED: ["planned", "Planned"],
  RESERVED: ["reserved", "Reserved"],
  UNKNOWN: ["unknown", "Unknown"],
};
// Shape as well as colour: each pin has a mark of its own.
const MARKS = { free: "✓", blocked: "P", used: "▪", off: "–", fault: "!", planned: "…", reserved: "◷", unknown: "?" };
const PLUGS = {
  CHADEMO: "CHAdeMO",
  IEC_62196_T1: "Type 1",
  IEC_62196_T1_COMBO: "CCS 1",
  IEC_62196_T2: "Type 2",
  IEC_62196_T2_COMBO: "CCS 2",
  IEC_62196_T3C: "Type 3",
  SAE_J3400: "NACS",
  TESLA_S: "NACS",
};
const STARTABLE = new Set(["AVAILABLE", "BLOCKED"]);
const EVERYWHERE = [-85, -180, 85, 180];
const PRICES_FROM_ZOOM = 14;
const SVG = "http://www.w3.org/2000/svg";
const look = (status) => STATUS[status] ?? STATUS.UNKNOWN;
const money = (text) => Number(text).toFixed(Math.max(2, (text.split(".")[1] ?? "").length));
const kw = (text) => Number(Number(text).toFixed(1));

readClock(document.body);
const place = document.getElementById("map");
const sheet = document.getElementById("sheet");
const told = document.getElementById("told");
const find = document.getElementById("find");
const hits = document.getElementById("hits");
const plug = document.getElementById("plug");
const language = document.documentElement.lang;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const chips = { free: false, fast: false, open: false };
let pins = [];
let clusters = [];
let opener = null;
let asked = 0;

const map = L.map(place, {
  zoomControl: true, worldCopyJump: true, minZoom: 2, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm,
}).setView([51, 6], 5);
map.attributionControl.setPrefix(false);
L.control.scale({ imperial: false }).addTo(map);
if (place.dataset.tiles) {
  const shown = document.createElement("span");
  shown.textContent = place.dataset.attribution;
  L.tileLayer(place.dataset.tiles, { attribution: shown.innerHTML, maxZoom: 19 }).addTo(map);
} else {
  const Ground = L.GridLayer.extend({
    createTile() {
      const tile = document.createElement("div");
      tile.className = "ground";
      return tile;
    },
  });
  new Ground({ tileSize: 128 }).addTo(map);
}
const markers = L.layerGroup().addTo(map);

/** Stations in a box; what an older question answers is not believed any more. */
async function load(box, zoom) {
  const wanted = new URLSearchParams({ bbox: box.map((d) => d.toFixed(6)).join(","), language });
  if (zoom !== undefined) wanted.set("zoom", zoom);
  if (chips.free) wanted.set("free", "true");
  if (chips.fast) wanted.set("min_power_kw", "50");
  if (chips.open) wanted.set("open_now", "true");
  if (plug.value) wanted.set("plug", plug.value);
  const number = ++asked;
  const answer = await fetch(`/api/v1/map?${wanted}`);
  if (!answer.ok) throw new Error(String(answer.status));
  const found = await answer.json();
  if (number === asked) ({ pins, clusters } = found);
}

function draw() {
  markers.clearLayers();
  for (const pin of pins) markers.addLayer(single(pin));
  for (const cluster of clusters) markers.addLayer(crowd(cluster));
  const shown = pins.length + clusters.reduce((sum, cluster) => sum + cluster.places, 0);
  place.dataset.shown = shown;
  const filtered = plug.value || Object.values(chips).some(Boolean);
  tell(!shown && filtered ? say("No such station here") : "");
}

function single(pin) {
  const [tone, word] = look(pin.status);
  const name = say("{name}: {free} of {total} free, up to {kw} kW, {status}", {
    name: pin.name, free: pin.free, total: pin.total, kw: kw(pin.max_power_kw), status: say(word),
  });
  const text = make("span", `${pin.free}/${pin.total}`);
  text.append(make("small", MARKS[tone]));
  if (pin.price && map.getZoom() >= PRICES_FROM_ZOOM) text.append(make("b", `${money(pin.price.amount)} ${pin.price.currency}`));
  const icon = L.divIcon({ className: `pin tone-${tone}`, html: text, iconSize: [46, 46] });
  const marker = L.marker([pin.latitude, pin.longitude], { icon, title: name, alt: name, keyboard: true });
  marker.on("click keypress", (event) => open(pin.party, pin.id, event.target.getElement()));
  return marker;
}

const corners = (bounds) => [[bounds.south, bounds.west], [bounds.north, bounds.east]];

/** Many places as one: how many, and how much of them is free as an arc. */
function crowd(cluster) {
  const name = say("{places} stations: {free} of {total} chargers free", cluster);
  const text = make("span", String(cluster.places));
  const arc = document.createElementNS(SVG, "svg");
  arc.setAttribute("viewBox", "0 0 54 54");
  for (const length of [100, cluster.free_percent]) {
    const circle = document.createElementNS(SVG, "circle");
    const round = { cx: 27, cy: 27, r: 24, pathLength: 100, "stroke-dasharray": `${length} 100`, transform: "rotate(-90 27 27)" };
    for (const [key, value] of Object.entries(round)) circle.setAttribute(key, value);
    arc.append(circle);
  }
  text.append(arc);
  const icon = L.divIcon({ className: "crowd", html: text, iconSize: [54, 54] });
  const marker = L.marker([cluster.latitude, cluster.longitude], { icon, title: name, alt: name, keyboard: true });
  marker.on("click keypress", () => map.fitBounds(corners(cluster.bounds), { padding: [60, 60] }));
  return marker;
}

function tell(words) {
  told.textContent = words;
  told.hidden = !words;
}

async function look_around() {
  const view = map.getBounds();
  const box = [Math.max(-90, view.getSouth()), Math.max(-180, view.getWest()), Math.min(90, view.getNorth()), Math.min(180, view.getEast())];
  try {
    await load(box, map.getZoom());
    draw();
  } catch {
    tell(say("Stations cannot be loaded at the moment"));
  }
}

function make(tag, words = "", kind = "") {
  const element = document.createElement(tag);
  element.textContent = words;
  element.className = kind;
  return element;
}

function pill(status) {
  const [tone, word] = look(status);
  return make("span", `${MARKS[tone]} ${say(word)}`, `pill tone-${tone}`);
}

function close() {
  if (sheet.hidden) return;
  sheet.hidden = true;
  opener?.focus();
}

async function open(party, id, from) {
  opener = from;
  try {
    const at = [party, id].map(encodeURIComponent).join("/");
    const answer = await fetch(`/api/v1/locations/${at}?language=${language}`);
    if (!answer.ok) throw new Error(String(answer.status));
    fill(await answer.json());
  } catch {
    tell(say("This station cannot be loaded at the moment"));
  }
}

function fill(station) {
  const head = make("header");
  const shut = make("button", "×", "button close");
  shut.type = "button";
  shut.setAttribute("aria-label", say("Close"));
  shut.onclick = close;
  const title = make("div");
  const free = station.evses.filter((evse) => evse.status === "AVAILABLE").length;
  title.append(make("h2", station.name), make("p", [station.address, station.city].filter(Boolean).join(", "), "quiet"));
  if (station.opening) title.append(make("p", hours(station.opening), "quiet"));
  title.append(make("p", say("{free} of {total} free", { free, total: station.evses.length })));
  if (station.partner && station.operator) title.append(make("p", say("Operated by {name}", { name: station.operator }), "quiet"));
  head.append(title, shut);
  sheet.replaceChildren(head, ...station.evses.map(point));
  sheet.hidden = false;
  sheet.focus();
}

function hours(opening) {
  if (opening.always) return say("Open day and night");
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  return opening.regular.map((h) => `${say(days[h.weekday - 1])} ${h.begin}–${h.end}`).join(", ");
}

function point(evse) {
  const shown = make("article");
  const line = make("div", "", "line");
  line.append(make("strong", evse.label), pill(evse.status), make("span", age(Date.parse(evse.updated_at)), "quiet"));
  shown.append(line);
  for (const each of evse.connectors) {
    shown.append(make("p", `${PLUGS[each.standard] ?? say("Plug")} · ${kw(each.max_power_kw)} kW`, "quiet"));
    const prices = make("ul", "", "prices");
    prices.append(...each.prices.map((price) => make("li", price.words)));
    shown.append(each.price_known ? prices : make("p", say("The price is not known.")));
  }
  if (evse.code) {
    const ready = STARTABLE.has(evse.status);
    const go = make("a", say(ready ? "Charge here" : "More"), ready ? "primary" : "button");
    go.href = `/q/${encodeURIComponent(evse.code)}`;
    shown.append(go);
  }
  return shown;
}

// The search: places while typing; Enter without a choice reads what is printed at a charger.

let typing = 0;
let chosen = -1;

async function search() {
  const text = find.value.trim();
  if (text.length < 2) { show([]); return; }
  const middle = map.getCenter().wrap();
  const wanted = new URLSearchParams({ text, limit: 6, near: `${middle.lat.toFixed(5)},${middle.lng.toFixed(5)}` });
  const answer = await fetch(`/api/v1/search?${wanted}`).catch(() => null);
  if (!answer?.ok || find.value.trim() !== text) return;
  show((await answer.json()).hits);
}

function show(found) {
  chosen = -1;
  hits.replaceChildren(...found.map((hit, number) => {
    const item = make("li");
    item.id = `hit-${number}`;
    item.role = "option";
    item.setAttribute("aria-selected", "false");
    item.append(make("strong", hit.place.name), make("span", [hit.address, hit.city].filter(Boolean).join(", "), "quiet"));
    item.onclick = () => go_to(hit.place);
    return item;
  }));
  hits.hidden = !found.length;
  find.setAttribute("aria-expanded", String(found.length > 0));
  find.removeAttribute("aria-activedescendant");
}

function go_to(pin) {
  show([]);
  map.setView([pin.latitude, pin.longitude], Math.max(map.getZoom(), 15), { animate: !calm });
  open(pin.party, pin.id, find);
}

function move(step) {
  const items = [...hits.children];
  if (!items.length) return;
  chosen = (chosen + step + items.length) % items.length;
  items.forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
  find.setAttribute("aria-activedescendant", items[chosen].id);
}

find.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(search, 200); });
find.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
  if (event.key === "Escape") show([]);
  if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); hits.children[chosen].click(); }
});
find.addEventListener("blur", () => setTimeout(() => show([]), 200));

for (const chip of document.querySelectorAll("[data-chip]")) {
  chip.addEventListener("click", () => {
    const on = !chips[chip.dataset.chip];
    chips[chip.dataset.chip] = on;
    chip.setAttribute("aria-pressed", String(on));
    look_around();
  });
}
plug.addEventListener("change", look_around);
const near = document.querySelector("[data-locate]");
near.hidden = !navigator.geolocation;
near.addEventListener("click", () => map.locate({ setView: true, maxZoom: 14 }));
map.on("locationerror", () => tell(say("Your position is not known")));
sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
map.on("click", close);

const wanted = new URLSearchParams(location.search).get("station")?.split("/");
try {
  await load(EVERYWHERE);
  const points = [...pins.map((pin) => [pin.latitude, pin.longitude]), ...clusters.flatMap((each) => corners(each.bounds))];
  if (points.length) {
    map.fitBounds(points, { padding: [60, 60], maxZoom: 14, animate: false });
  }
  draw();
  if (!points.length) tell(say("No stations yet"));
} catch {
  tell(say("Stations cannot be loaded at the moment"));
}
map.on("moveend", look_around);
place.dataset.ready = "";
if (wanted?.length === 2) open(wanted[0], wanted[1], find);

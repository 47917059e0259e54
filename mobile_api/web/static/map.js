// The map: stations in view from the API, a station's sheet when one is chosen.

import { age, readClock } from "./ticks.js";

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
const look = (status) => STATUS[status] ?? STATUS.UNKNOWN;

readClock(document.body);
const place = document.getElementById("map");
const sheet = document.getElementById("sheet");
const told = document.getElementById("told");
const chips = { free: false, fast: false };
let pins = [];
let clusters = [];
let opener = null;

const map = L.map(place, { zoomControl: true, worldCopyJump: true, minZoom: 2 }).setView([51, 6], 5);
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

async function load(box) {
  const asked = new URLSearchParams({ bbox: box.map((d) => d.toFixed(6)).join(",") });
  if (chips.free) asked.set("free", "true");
  if (chips.fast) asked.set("min_power_kw", "50");
  const answer = await fetch(`/api/v1/map?${asked}`);
  if (!answer.ok) throw new Error(String(answer.status));
  ({ pins, clusters } = await answer.json());
}

const wanted = (pin) => (!chips.free || pin.free > 0) && (!chips.fast || Number(pin.max_power_kw) >= 50);

function draw() {
  markers.clearLayers();
  const shown = pins.filter(wanted);
  for (const pin of shown) {
    const [tone, word] = look(pin.status);
    const name = `${pin.name}: ${pin.free} of ${pin.total} free, up to ${Number(Number(pin.max_power_kw).toFixed(1))} kW, ${word}`;
    const text = document.createElement("span");
    text.textContent = `${pin.free}/${pin.total}`;
    const icon = L.divIcon({ className: `pin tone-${tone}`, html: text, iconSize: [46, 46] });
    const marker = L.marker([pin.latitude, pin.longitude], { icon, title: name, alt: name, keyboard: true });
    marker.on("click keypress", (event) => open(pin, event.target.getElement()));
    markers.addLayer(marker);
  }
  for (const cluster of clusters) markers.addLayer(crowd(cluster));
  const among = clusters.reduce((sum, cluster) => sum + cluster.places, 0);
  place.dataset.shown = shown.length + among;
  say(pins.length && !shown.length && !among ? "No such station here" : "");
}

const corners = (bounds) => [[bounds.south, bounds.west], [bounds.north, bounds.east]];

function crowd(cluster) {
  const [tone] = look(cluster.status);
  const name = `${cluster.places} stations: ${cluster.free} of ${cluster.total} chargers free`;
  const text = document.createElement("span");
  text.textContent = cluster.places;
  const icon = L.divIcon({ className: `pin tone-${tone}`, html: text, iconSize: [54, 54] });
  const marker = L.marker([cluster.latitude, cluster.longitude], { icon, title: name, alt: name, keyboard: true });
  marker.on("click keypress", () => map.fitBounds(corners(cluster.bounds), { padding: [60, 60] }));
  return marker;
}

function say(words) {
  told.textContent = words;
  told.hidden = !words;
}

async function look_around() {
  const view = map.getBounds();
  const west = Math.max(-180, view.getWest());
  const east = Math.min(180, view.getEast());
  try {
    await load([Math.max(-90, view.getSouth()), west, Math.min(90, view.getNorth()), east]);
    draw();
  } catch {
    say("Stations cannot be loaded at the moment");
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
  return make("span", word, `pill tone-${tone}`);
}

function close() {
  sheet.hidden = true;
  opener?.focus();
}

async function open(pin, from) {
  opener = from;
  try {
    const answer = await fetch(`/api/v1/locations/${encodeURIComponent(pin.party)}/${encodeURIComponent(pin.id)}`);
    if (!answer.ok) throw new Error(String(answer.status));
    fill(await answer.json());
  } catch {
    say("This station cannot be loaded at the moment");
  }
}

function fill(station) {
  const head = make("header");
  const shut = make("button", "×", "button close");
  shut.type = "button";
  shut.setAttribute("aria-label", "Close");
  shut.onclick = close;
  const title = make("div");
  const free = station.evses.filter((evse) => evse.status === "AVAILABLE").length;
  title.append(make("h2", station.name), make("p", [station.address, station.city].filter(Boolean).join(", "), "quiet"));
  if (station.partner && station.operator) title.append(make("p", `Operated by ${station.operator}`, "quiet"));
  title.append(make("p", `${free} of ${station.evses.length} free`));
  if (station.opening) title.append(make("p", hours(station.opening), "quiet"));
  head.append(title, shut);
  sheet.replaceChildren(head, ...station.evses.map(point));
  sheet.hidden = false;
  sheet.focus();
}

function hours(opening) {
  if (opening.always) return "Open day and night";
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  return opening.regular.map((h) => `${days[h.weekday - 1]} ${h.begin}–${h.end}`).join(", ");
}

function point(evse) {
  const shown = make("article");
  const line = make("div", "", "line");
  line.append(make("strong", evse.label), pill(evse.status), make("span", age(Date.parse(evse.updated_at)), "quiet"));
  shown.append(line);
  for (const plug of evse.connectors) {
    shown.append(make("p", `${PLUGS[plug.standard] ?? "Plug"} · ${Number(Number(plug.max_power_kw).toFixed(1))} kW`, "quiet"));
    const prices = make("ul", "", "prices");
    prices.append(...plug.prices.map((price) => make("li", price.words)));
    shown.append(plug.price_known ? prices : make("p", "The price is not known."));
  }
  if (evse.code) {
    const go = STARTABLE.has(evse.status) ? make("a", "Charge here", "primary") : make("a", "More", "button");
    go.href = `/q/${encodeURIComponent(evse.code)}`;
    shown.append(go);
  }
  return shown;
}

for (const chip of document.querySelectorAll("[data-chip]")) {
  chip.addEventListener("click", () => {
    const on = !chips[chip.dataset.chip];
    chips[chip.dataset.chip] = on;
    chip.setAttribute("aria-pressed", String(on));
    draw();
    look_around();
  });
}
const near = document.querySelector("[data-locate]");
near.hidden = !navigator.geolocation;
near.addEventListener("click", () => map.locate({ setView: true, maxZoom: 14 }));
map.on("locationerror", () => say("Your position is not known"));
sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
map.on("click", close);

try {
  await load(EVERYWHERE);
  const points = [...pins.map((pin) => [pin.latitude, pin.longitude]), ...clusters.flatMap((each) => corners(each.bounds))];
  if (points.length) {
    map.fitBounds(points, { padding: [60, 60], maxZoom: 14, animate: false });
  }
  draw();
  if (!points.length) say("No stations yet");
} catch {
  say("Stations cannot be loaded at the moment");
}
map.on("moveend", look_around);
place.dataset.ready = "";

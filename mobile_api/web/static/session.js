// A session as it runs: every event of the stream, and every so often without one, the part of
// the page that changes is fetched again. Words and numbers are made in one place, the server.

import { pairSliders } from "./limits.js";
import { readClock, startTicking, tick } from "./ticks.js";
import { say } from "./words.js";

const EVENTS = ["message", "state", "snapshot", "session", "end"];
const part = () => document.getElementById("live");
const id = part().dataset.session;
const page = `/q/s/${id}`;

let asked = false;
let again = false;
let timer = 0;
let source = null;

/** Ask for the newest state; a wish that comes meanwhile is fulfilled right after. */
async function refresh() {
  if (asked) { again = true; return; }
  asked = true;
  const html = await newest();
  asked = false;
  if (html) show(html);
  if (again) { again = false; refresh(); } else plan();
}

async function newest() {
  try {
    const answer = await fetch(`${page}/live${location.search}`);
    if (answer.status === 401) return await renewed();
    return answer.ok ? await answer.text() : "";
  } catch {
    return ""; // No network: the age that is shown says so, and the next round may work.
  }
}

/** A driver's access token lasts ten minutes: get the next one, and listen with it. */
async function renewed() {
  const answer = await fetch("/api/v1/web/refresh", { method: "POST" });
  if (!answer.ok) return "";
  source?.close();
  listen();
  const again = await fetch(`${page}/live${location.search}`);
  return again.ok ? await again.text() : "";
}

function plan() {
  clearTimeout(timer);
  const pause = Number(part().dataset.poll);
  if (pause) {
    timer = setTimeout(refresh, pause);
  } else {
    source?.close();
    document.querySelector("[data-push]")?.setAttribute("hidden", "");
    fetch(page).catch(() => {}); // The worker keeps the receipt for when there is no network.
  }
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
  if (!fresh) return;
  const old = part();
  const said = old.querySelector("h1").textContent;
  const headline = fresh.querySelector("h1").textContent;
  const busy = document.activeElement;
  const kept = new Map([...old.querySelectorAll("[data-live]")].map((e) => [e.dataset.live, e]));
  for (const section of fresh.querySelectorAll("[data-live]")) {
    const name = section.dataset.live;
    const before = kept.get(name);
    const same = before && (before.source ?? before.outerHTML) === section.outerHTML;
    const meant = before?.matches("[data-touched]");
    if (same || meant || (busy?.matches("input, select") && before?.contains(busy))) {
      section.replaceWith(before);
    } else {
      section.source = section.outerHTML;
    }
  }
  old.replaceChildren(...fresh.childNodes);
  if (busy && old.contains(busy)) busy.focus();
  Object.assign(old.dataset, fresh.dataset);
  old.toggleAttribute("data-failed", "failed" in fresh.dataset);
  if (headline !== said) {
    document.getElementById("announce").textContent = headline;
    document.title = headline;
  }
  readClock(old);
  tick();
  enhance();
}

/** What only scripts can do: go to the card form, hold to stop, copy, print. */
function enhance() {
  const pay = document.querySelector("a[data-go]");
  if (pay && !sessionStorage.getItem(`paid-${pay.dataset.go}`)) {
    sessionStorage.setItem(`paid-${pay.dataset.go}`, "1");
    location.assign(pay.href);
  }
  pairSliders();
  for (const button of document.querySelectorAll("button[data-hold]:not([data-ready])")) holdToSend(button);
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.onclick = () => print();
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.onclick = async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = say("Copied");
    };
  }
}

/** Held for a second, or pressed twice: both tell that it is meant. */
function holdToSend(button) {
  button.dataset.ready = "";
  const label = button.querySelector("span");
  const words = label.textContent;
  let holding = 0;
  const send = () => { button.disabled = true; label.textContent = say("One moment …"); button.form.submit(); };
  const let_go = () => { clearTimeout(holding); holding = 0; button.classList.remove("holding"); };
  button.addEventListener("pointerdown", () => {
    button.classList.add("holding");
    holding = setTimeout(send, 1000);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, let_go);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (button.classList.contains("armed")) { send(); return; }
    button.classList.add("armed");
    label.textContent = button.dataset.hold;
    setTimeout(() => {
      if (button.disabled) return;
      button.classList.remove("armed");
      label.textContent = words;
    }, 4000);
  });
}

function listen() {
  source = new EventSource(`/api/v1/sessions/${id}/events`);
  for (const name of EVENTS) source.addEventListener(name, refresh);
  source.addEventListener("end", () => source.close());
}

for (const section of document.querySelectorAll("[data-live]")) section.source = section.outerHTML;
startTicking();
enhance();
if (Number(part().dataset.poll)) {
  listen();
  plan();
}
addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });

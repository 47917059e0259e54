// On every page: says when there is no network, keeps the worker, sends choices at once.

import { say } from "./words.js";

const note = document.getElementById("offline");
const look = () => { note.hidden = navigator.onLine; };
addEventListener("online", look);
addEventListener("offline", look);
look();

for (const choice of document.querySelectorAll("select[data-send]")) {
  choice.form.querySelector("button").hidden = true;
  choice.addEventListener("change", () => choice.form.requestSubmit());
}

if ("serviceWorker" in navigator && isSecureContext) {
  navigator.serviceWorker.register("/worker.js").then(offerPush, () => {});
}

const kept = document.getElementById("kept");
if (kept && "caches" in globalThis) listKept(kept);

/** Receipts that can be read without a network. */
async function listKept(list) {
  for (const request of await (await caches.open("receipts")).keys()) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = new URL(request.url).pathname;
    link.textContent = link.pathname.split("/").at(-1).slice(0, 8);
    item.append(link);
    list.append(item);
  }
}

/** Where the page has a place for it: a driver is told everything, a guest of one session. */
async function offerPush(worker) {
  const place = document.querySelector("[data-push]");
  if (!place || !("PushManager" in globalThis)) return;
  const answer = await fetch("/api/v1/push/key").catch(() => null);
  if (!answer?.ok) return;
  const { key } = await answer.json();
  const button = place.querySelector("button");
  const told = place.querySelector("[role=status]");
  const on = () => { button.hidden = true; told.textContent = say("Notifications are on"); };
  place.hidden = false;
  if (await worker.pushManager.getSubscription()) on();
  button.addEventListener("click", async () => {
    try {
      const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      const sent = await fetch(place.dataset.push, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify({ ...made.toJSON(), language: document.documentElement.lang }),
      });
      if (!sent.ok) throw new Error(String(sent.status));
      on();
    } catch {
      told.textContent = say("Notifications are not possible here");
    }
  });
}

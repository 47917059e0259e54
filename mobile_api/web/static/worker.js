// The page's worker: receipts stay readable without a network, files are not asked for twice,
// and notifications are shown. Nothing else is kept: sessions and prices must be of now.

const FILES = "files";
const RECEIPTS = "receipts";
const OFFLINE = "/offline";
const MOST_RECEIPTS = 50;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.add(OFFLINE)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(url.searchParams.has("v") ? file(request) : part(request));
  else if (/^\/q\/s\/[\w-]+$/.test(url.pathname)) event.respondWith(session(request, url));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

/** Named after its content, so a kept one is the right one; older ones of the same name go. */
async function file(request) {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.delete(request, { ignoreSearch: true });
    await cache.put(request, answer.clone());
  }
  return answer;
}

/** What scripts import has no version in its address: the newest one, or the last one seen. */
async function part(request) {
  const cache = await caches.open(FILES);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch {
    return (await cache.match(request)) ?? Response.error();
  }
}

async function session(request, url) {
  const cache = await caches.open(RECEIPTS);
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.headers.get("X-Keep-Offline") === "receipt") {
      await cache.put(url.pathname, answer.clone());
      const keys = await cache.keys();
      if (keys.length > MOST_RECEIPTS) await cache.delete(keys[0]);
    }
    return answer;
  } catch {
    return (await cache.match(url.pathname)) ?? (await caches.match(OFFLINE));
  }
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const session = told.data?.session_id;
  const page = session ? `/q/s/${encodeURIComponent(session)}` : "/account";
  const shown = { body: told.body, tag: told.tag, data: page, icon: "/favicon.ico" };
  event.waitUntil(registration.showNotification(told.title ?? "", shown));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(new URL(event.notification.data, location.origin).pathname));
});

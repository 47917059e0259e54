// Times that go on by themselves: ages, durations and countdowns, by the server's clock.

import { say } from "./words.js";

let skew = 0;

/** Learn the server's time from a page or a part of one. */
export function readClock(element) {
  if (element?.dataset.now) skew = Date.parse(element.dataset.now) - Date.now();
}

const now = () => Date.now() + skew;
const two = (number) => String(number).padStart(2, "0");

/** How long ago, in words. */
export function age(moment) {
  const seconds = Math.max(0, Math.round((now() - moment) / 1000));
  if (seconds < 60) return say("{n} s ago", { n: seconds });
  if (seconds < 5400) return say("{n} min ago", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return say("{n} h ago", { n: Math.round(seconds / 3600) });
  return say("{n} days ago", { n: Math.round(seconds / 86400) });
}

function span(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

function text(element) {
  const moment = Date.parse(element.dateTime);
  if ("age" in element.dataset) return age(moment);
  if ("until" in element.dataset) return span(moment - now());
  return span((element.dataset.end ? Date.parse(element.dataset.end) : now()) - moment);
}

/** Write all times anew. */
export function tick() {
  for (const element of document.querySelectorAll("time[data-age], time[data-since], time[data-until]")) {
    const fresh = text(element);
    if (element.textContent !== fresh) element.textContent = fresh;
  }
}

/** Go on until the page is left. */
export function startTicking() {
  readClock(document.body);
  tick();
  setInterval(tick, 1000);
}

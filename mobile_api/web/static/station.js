// The page behind a QR code: the slider says what an energy costs, the form is sent once.

import { startTicking } from "./ticks.js";
import { say } from "./words.js";

startTicking();

const estimate = document.querySelector("[data-estimates]");
if (estimate) {
  const rows = new Map(estimate.dataset.estimates.split(";").filter(Boolean).map((row) => {
    const [kwh, cost, length] = row.split("|");
    return [kwh, { cost, length }];
  }));
  const slider = document.getElementById("kwh");
  const show = () => {
    const { cost, length } = rows.get(slider.value);
    document.getElementById("for").textContent = `${slider.value} kWh`;
    document.getElementById("cost").textContent = `≈ ${cost}`;
    document.getElementById("length").textContent = length;
    slider.setAttribute("aria-valuetext", say("{kwh} kWh, about {cost}", { kwh: slider.value, cost }));
  };
  slider.hidden = false;
  slider.addEventListener("input", show);
  show();
}

const form = document.querySelector("form[data-once]");
if (form) {
  const button = document.querySelector("button[form=start]");
  const label = button.querySelector("span");
  const before = label.textContent;
  form.addEventListener("submit", () => {
    button.disabled = true;
    label.textContent = say("One moment …");
  });
  // Back from the next page, out of the browser's memory: the quote may still be good.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
    button.disabled = false;
    label.textContent = before;
  });
}

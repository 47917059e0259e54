// The slider beside the number that says where charging stops; either moves the other.

/** Make every such form on the page ready, once. */
export function pairSliders() {
  for (const form of document.querySelectorAll("form[data-limits]:not([data-ready])")) pair(form);
}

function pair(form) {
  form.dataset.ready = "";
  const { kind, amount, slide } = form.elements;
  const words = () => `${slide.value} ${kind.selectedOptions[0].dataset.unit ?? ""}`;
  const choose = () => {
    const chosen = kind.selectedOptions[0];
    const { least, most, step, now } = chosen.dataset;
    amount.closest(".row").classList.toggle("bare", !kind.value);
    amount.disabled = slide.hidden = !kind.value;
    if (!kind.value) return;
    Object.assign(slide, { min: least, max: most, step });
    slide.value = now || most;
    amount.value = now;
    slide.setAttribute("aria-label", chosen.textContent);
    slide.setAttribute("aria-valuetext", words());
  };
  kind.addEventListener("change", choose);
  slide.addEventListener("input", () => {
    amount.value = slide.value;
    slide.setAttribute("aria-valuetext", words());
  });
  amount.addEventListener("input", () => {
    if (amount.value) slide.value = amount.value;
    slide.setAttribute("aria-valuetext", words());
  });
  // What somebody is about to choose is not replaced by what comes from the server meanwhile.
  form.addEventListener("input", () => { form.dataset.touched = ""; });
  choose();
}

"use strict";
// Without this script all models are shown; with it, they can be filtered.
const form = document.getElementById("filter");
const words = document.getElementById("words");
const type = document.getElementById("type");
const license = document.getElementById("license");
const count = document.getElementById("count");
const cards = Array.from(document.querySelectorAll("[data-type]"));
function apply() {
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    const fits = asked.every((word) => text.includes(word))
      && (!type.value || card.dataset.type === type.value)
      && (!license.value || card.dataset.license === license.value);
    card.hidden = !fits;
    if (fits) shown += 1;
  }
  count.textContent = shown === cards.length ? "" : shown + " of " + cards.length + " shown";
  document.getElementById("none").hidden = shown > 0;
}
form.hidden = false;
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
apply();

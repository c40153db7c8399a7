/* On the lists of visits, and on the page of one: what the device holds of visits that are over is removed. */
"use strict";

document.addEventListener("DOMContentLoaded", async () => {
  const root = document.querySelector("[data-visits-open]");
  if (!root || !("indexedDB" in window)) return;
  const open = root.dataset.visitsOpen.split(",").filter(Boolean).map(Number);
  const told = root.querySelector("[data-swept]");
  const over = Number(root.dataset.visitOver || 0);
  const waiting = over ? await tiduiVisits.forget(over) : 0;
  if (!over) await tiduiVisits.sweep(open, document.body.dataset.who);
  if (told && over) {
    told.hidden = false;
    told.textContent = waiting ? root.dataset.textLeft.replace("{n}", waiting) : root.dataset.textSwept;
  }
});

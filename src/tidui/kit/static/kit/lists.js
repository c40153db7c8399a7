/* Lists: tick all rows of a page, say how many are ticked, close the filters. Nothing here is needed to use a list. */
"use strict";

(() => {
  function boxes(list) {
    return [...list.querySelectorAll('tbody .tick input[type="checkbox"]')];
  }

  function told(list) {
    const all = list.querySelector("[data-tick-all]");
    if (!all) return;
    const ticked = boxes(list).filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes(list).length;
    all.indeterminate = ticked > 0 && !all.checked;
    const words = list.querySelector("[data-ticked]");
    if (!words) return;
    words.dataset.idle ??= words.textContent;
    words.textContent = ticked ? `${words.dataset.ticked} ${ticked}` : words.dataset.idle;
  }

  function prepare(root) {
    root.querySelectorAll("[data-tick-all]").forEach((all) => {
      all.hidden = false;
      told(all.closest(".list"));
    });
  }

  document.addEventListener("change", (event) => {
    const list = event.target.closest?.(".list");
    if (!list) return;
    if (event.target.matches("[data-tick-all]")) {
      boxes(list).forEach((box) => {
        box.checked = event.target.checked;
      });
    }
    told(list);
  });
  /* The panel of filters closes by Escape and by a click elsewhere, like a menu. */
  const panels = () => [...document.querySelectorAll(".list-filters[open]")];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    panels().forEach((panel) => {
      panel.removeAttribute("open");
      if (panel.contains(document.activeElement)) panel.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    panels().forEach((panel) => panel.closest("form").contains(event.target) || panel.removeAttribute("open"));
  });
  document.addEventListener("htmx:load", (event) => prepare(event.target.parentNode || document));
  prepare(document);
})();

/* Keys for whoever clears many files: choose, tick a usual reason, go on. Everything works without them. */
"use strict";

(() => {
  const form = document.getElementById("decision");
  const keys = document.querySelector("[data-keys]");

  /* Keys never fire where text is typed, nor with a modifier. */
  function typing(target) {
    return Boolean(target.closest?.('textarea, select, [contenteditable], input:not([type="radio"], [type="checkbox"])'));
  }

  function choose(key) {
    const radio = form?.querySelector(`input[name="move"][data-key="${key}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  function tick(digit) {
    const chosen = form?.querySelector('input[name="move"]:checked');
    const box = chosen?.closest(".desk-choice").querySelector(`input[data-digit="${digit}"]`);
    if (!box) return false;
    box.checked = !box.checked;
    return true;
  }

  function go(where) {
    const link = document.querySelector(`a[data-go="${where}"]`);
    if (link) link.click();
    return Boolean(link);
  }

  function explain() {
    if (!keys) return false;
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
    return true;
  }

  function write() {
    const reason = document.getElementById("reason");
    if (reason) reason.focus();
    return Boolean(reason);
  }

  function answered(key) {
    if (key === "?") return explain();
    if (key === "n" || key === "p") return go(key);
    if (key === "t") return write();
    if (/^[1-9]$/.test(key)) return tick(key);
    return /^[arx]$/.test(key) && choose(key);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && event.target.id === "reason") event.target.blur();
      return;
    }
    if (answered(event.key.toLowerCase())) event.preventDefault();
  });

  /* The keys are told where they work: here. */
  document.querySelectorAll("[data-hint], [data-keys]").forEach((one) => {
    one.hidden = false;
  });

  const words = document.querySelector("[data-picked]");
  function count() {
    if (!words) return;
    const picked = document.querySelectorAll("input[data-field]:checked").length;
    words.textContent = picked ? `${words.dataset.words} ${picked}` : "";
  }
  document.addEventListener("change", count);
  count();

  /* One decision is sent once, however often the key is pressed. */
  form?.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    if (form) delete form.dataset.sent;
  });
})();

/* Keys for whoever marks many files, and a form that is sent only when nothing of it is on its way any more.
   Everything works without them. */
"use strict";

(() => {
  const form = document.getElementById("sheet");

  document.querySelectorAll("[data-hint]").forEach((one) => {
    one.hidden = false;
  });

  function typing(target) {
    return Boolean(target.closest?.('textarea, select, [contenteditable], input:not([type="radio"], [type="checkbox"])'));
  }

  /* Enter in a mark leads on: to the reason where the mark lies outside its band, to the next mark, to the opinion. */
  function onward(input) {
    const stops = [...form.querySelectorAll("[data-mark]"), document.getElementById("id_opinion")];
    const next = stops[stops.indexOf(input) + 1];
    if (!next) return;
    next.focus();
    next.select?.();
  }

  function go(where) {
    const link = document.querySelector(`a[data-go="${where}"]`);
    if (link) link.click();
    return Boolean(link);
  }

  function mark() {
    const inputs = form ? [...form.querySelectorAll("[data-mark]")] : [];
    const next = inputs.find((one) => !one.value) || inputs[0];
    if (next) next.focus();
    return Boolean(next);
  }

  function sign() {
    const button = form?.querySelector('button[name="do"][value="sign"]');
    if (button) button.click();
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && event.target.matches("[data-mark]")) {
        event.preventDefault();
        onward(event.target);
      }
      return;
    }
    const done = { n: () => go("n"), p: () => go("p"), m: mark, s: sign }[event.key.toLowerCase()];
    if (done?.()) event.preventDefault();
  });

  /* What is on its way arrives first, however slow the line is, and the form then speaks of the versions that it led to.
     What cannot go is not waited for: the form takes it along. */
  async function settled(draft) {
    const end = Date.now() + 60000;
    for (let failed = 0; failed < 60 && Date.now() < end;) {
      if (!draft.busy) {
        if (!Object.values(draft.waiting).some((held) => !held.conflict)) return;
        failed += 1;
        draft.flush();
      }
      await new Promise((done) => {
        setTimeout(done, 50);
      });
    }
  }

  form?.addEventListener("submit", async (event) => {
    const draft = form.tiduiDraft;
    if (form.dataset.ready || !draft) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    const button = event.submitter;
    await settled(draft);
    Object.entries(draft.versions).forEach(([name, version]) => {
      const base = form.elements[`base.${name}`];
      if (base && !draft.waiting[name]?.conflict) base.value = version;
    });
    form.dataset.ready = "1";
    delete form.dataset.sending;
    form.requestSubmit(button);
  });
  window.addEventListener("pageshow", () => {
    if (form) {
      delete form.dataset.ready;
      delete form.dataset.sending;
    }
  });
})();

/* File inputs that send their file in pieces and go on where a broken line left off. Without this script the form sends
   the file itself. Protocol: POST begin {kind, name, size} -> {id, offset, piece}; PUT piece?offset=; POST finish -> {token}. */
"use strict";

(() => {
  const SMALL = 1024 * 1024;
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];

  class Refused extends Error {}

  const token = (box) => box.closest("form").querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
  const pause = (time) => new Promise((done) => {
    const timer = setTimeout(done, time);
    window.addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });

  async function ask(box, url, method, body, extra) {
    const headers = { "X-CSRFToken": token(box), Accept: "application/json", ...extra };
    const answer = await fetch(url, { method, body, headers, credentials: "same-origin", redirect: "error" });
    const known = await answer.json().catch(() => ({}));
    if (answer.ok || answer.status === 409) return { status: answer.status, ...known };
    if (answer.status >= 500 || answer.status === 408 || answer.status === 429) throw new Error(String(answer.status));
    if (answer.status === 401 || answer.status === 403) await window.tidui?.session?.().catch(() => null);
    throw new Refused(known.error || box.dataset.textFailed);
  }

  async function again(box, state, work) {
    for (let tries = 0; ; tries += 1) {
      if (state.stopped) throw new Refused("");
      try {
        return await work();
      } catch (error) {
        if (error instanceof Refused) throw error;
        state.say(box.dataset.textWaiting);
        await pause(WAITS[Math.min(tries, WAITS.length - 1)]);
      }
    }
  }

  async function send(box, file, state) {
    const base = box.dataset.upload;
    const begun = JSON.stringify({ kind: box.dataset.uploadKind, name: file.name, size: file.size });
    const known = await again(box, state, () => ask(box, base, "POST", begun, { "Content-Type": "application/json" }));
    const url = `${base}${known.id}/`;
    state.url = url;
    let offset = known.offset;
    for (;;) {
      while (offset < file.size) {
        state.progress(offset, file.size);
        const part = file.slice(offset, offset + known.piece);
        const at = offset;
        const answer = await again(box, state, () => ask(box, `${url}?offset=${at}`, "PUT", part, { "Content-Type": "application/octet-stream" }));
        offset = answer.offset;
      }
      state.say(box.dataset.textChecking);
      const done = await again(box, state, () => ask(box, `${url}finish/`, "POST", ""));
      if (done.status !== 409) return done;
      offset = done.offset;
    }
  }

  function view(box) {
    const status = box.querySelector(".upload-status");
    const bar = document.createElement("progress");
    const words = document.createElement("span");
    status.replaceChildren(words);
    return {
      say(text, bad) {
        words.textContent = text;
        words.className = bad ? "upload-bad" : "";
      },
      progress(done, all) {
        if (!bar.isConnected) status.append(bar);
        bar.max = all;
        bar.value = done;
        const percent = Math.floor((100 * done) / all);
        // A screen reader hears every tenth part, not every piece.
        if (words.dataset.told !== String(Math.floor(percent / 10))) {
          words.dataset.told = String(Math.floor(percent / 10));
          words.textContent = `${box.dataset.textSending} ${percent}%`;
          words.className = "";
        }
      },
      end() {
        bar.remove();
      },
    };
  }

  function busy(form, by) {
    form.dataset.uploading = String(Math.max(0, Number(form.dataset.uploading || 0) + by));
  }

  async function chosen(box, input) {
    box.uploading?.stop();
    const kept = box.querySelector('input[type="hidden"]');
    const file = input.files[0];
    const form = input.form;
    kept.value = "";
    const state = { stopped: false, ...view(box) };
    state.stop = () => { state.stopped = true; };
    box.uploading = state;
    if (!file) { state.say(""); return; }
    if (file.size > Number(box.dataset.uploadMost)) {
      input.value = "";
      state.say(`${box.dataset.textLarge} (${input.dataset.limit})`, true);
      return;
    }
    if (file.size <= SMALL) return; // goes with the form
    busy(form, 1);
    try {
      const done = await send(box, file, state);
      if (state.stopped) return;
      kept.value = done.token;
      input.value = "";
      input.required = false;
      state.say(`${box.dataset.textDone} ${done.name} (${done.size})`);
      box.dispatchEvent(new CustomEvent("tidui:uploaded", { bubbles: true }));
    } catch (error) {
      if (state.stopped) return;
      input.value = "";
      state.say(error.message || box.dataset.textFailed, true);
      form.removeAttribute("data-send-after");
    } finally {
      state.end();
      busy(form, -1);
      sendAfter(form);
    }
  }

  /* Sent while a file is on its way: the form waits for it, and goes by itself. */
  function sendAfter(form) {
    if (form.dataset.sendAfter !== "1" || Number(form.dataset.uploading)) return;
    form.removeAttribute("data-send-after");
    form.requestSubmit();
  }

  document.addEventListener("change", (event) => {
    const box = event.target.closest?.("[data-upload]");
    if (box && event.target.type === "file") chosen(box, event.target);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (Number(form.dataset.uploading || 0)) {
      event.preventDefault();
      form.dataset.sendAfter = "1";
    }
  }, true);
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector('form[data-uploading]:not([data-uploading="0"])')) event.preventDefault();
  });
})();

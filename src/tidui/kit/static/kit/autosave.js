/* A form that saves as one types. Every field is sent by itself with the version that this page has seen, so that two
   tabs, or two people, never overwrite each other unseen. What cannot be sent waits in this browser, and goes when the
   connection or the session is back. Protocol: docs/developers/components.md. */
"use strict";

(() => {
  const DELAY = 700;
  const PREFIX = "tidui-draft:";

  class Draft {
    constructor(form) {
      this.form = form;
      this.url = form.dataset.autosaveUrl;
      this.who = form.dataset.autosaveWho || "";
      this.key = `${PREFIX}${this.who}:${form.dataset.autosaveKey || this.url}`;
      this.forget(form.dataset.autosaveFamily);
      this.status = document.querySelector("[data-autosave-status]");
      this.versions = {};
      this.waiting = this.read();
      this.kept = {};
      this.timers = {};
      this.busy = false;
      this.pause = 1000;
      this.nothing = form.hasAttribute("data-autosave-nothing"); // nothing is kept yet: there is nothing to call saved
      this.fields().forEach((input) => {
        const known = Number(input.dataset.version || 0);
        this.versions[input.name] = Math.max(this.versions[input.name] || 0, known);
      });
      this.restore();
      form.addEventListener("input", (event) => this.changed(event.target, DELAY));
      form.addEventListener("change", (event) => this.changed(event.target, 0));
      form.addEventListener("submit", () => {
        this.submitted = true;
      });
      window.addEventListener("online", () => this.flush());
      document.addEventListener("visibilitychange", () => document.hidden || this.flush());
      window.addEventListener("beforeunload", (event) => {
        if (!this.submitted && Object.keys(this.waiting).length && !this.stored) event.preventDefault();
      });
      this.show(Object.keys(this.waiting).length ? "unsaved" : "saved");
      this.flush();
    }

    fields() {
      return [...this.form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "submit" && one.type !== "file");
    }

    named(name) {
      return this.fields().filter((one) => one.name === name);
    }

    values(name) {
      const inputs = this.named(name);
      const first = inputs[0];
      if (first.type === "radio") return inputs.filter((one) => one.checked).map((one) => one.value);
      if (first.type === "checkbox") {
        return inputs.length > 1 ? inputs.filter((one) => one.checked).map((one) => one.value) : [first.checked ? "on" : ""];
      }
      if (first.multiple) return [...first.selectedOptions].map((one) => one.value);
      return [first.value];
    }

    put(name, values) {
      const inputs = this.named(name);
      inputs.forEach((one) => {
        if (one.type === "radio") one.checked = values.includes(one.value);
        else if (one.type === "checkbox") one.checked = inputs.length > 1 ? values.includes(one.value) : Boolean(values[0]);
        else if (one.multiple) [...one.options].forEach((option) => { option.selected = values.includes(option.value); });
        else one.value = values[0] ?? "";
      });
    }

    /* What waited since before the page was loaded is shown again: it was typed later than what the server has. */
    restore() {
      Object.entries(this.waiting).forEach(([name, held]) => {
        if (!this.named(name).length) {
          delete this.waiting[name];
          return;
        }
        this.put(name, held.values);
        this.versions[name] = held.base;
        delete held.conflict; // the box that asked is gone with the old page: the server is asked again
      });
    }

    changed(input, delay) {
      const { name } = input;
      if (!name || input.type === "hidden" || input.type === "file") return;
      this.submitted = false;
      // Leaving a field tells of a change, also when what was typed has been saved during a pause before.
      if (!this.waiting[name] && this.kept[name] === JSON.stringify(this.values(name))) return;
      // Whoever still has to choose between two values may type on, but nothing goes before they have chosen. (Pressing
      // the button that chooses leaves the field, which tells of a change of its own.)
      const conflict = Boolean(this.waiting[name]?.conflict);
      this.waiting[name] = { values: this.values(name), base: this.versions[name] || 0, ...(conflict && { conflict }) };
      this.write();
      this.show("unsaved");
      clearTimeout(this.timers[name]);
      this.timers[name] = setTimeout(() => this.flush(), delay);
    }

    /* One request at a time, in the order in which the fields were touched. */
    async flush() {
      if (this.busy) return;
      this.busy = true;
      try {
        if (this.away && !(await this.back())) {
          if (Object.keys(this.waiting).length) this.later("ended");
          return;
        }
        for (;;) {
          // Looked for anew each time: what was chosen or typed while another field was on its way goes next.
          const name = Object.keys(this.waiting).find((one) => !this.waiting[one].conflict);
          if (!name) break;
          this.show("saving");
          if ((await this.send(name)) === "stop") return;
        }
        this.show(Object.keys(this.waiting).length ? "unsaved" : "saved");
        this.pause = 1000;
      } finally {
        this.busy = false;
      }
    }

    async send(name) {
      const held = this.waiting[name];
      const body = new URLSearchParams({ field: name, base: String(held.base) });
      held.values.forEach((value) => body.append("value", value));
      if (!held.values.length) body.append("value", "");
      body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken?.value || "");
      let answer;
      try {
        answer = await fetch(this.url, {
          method: "POST", body, credentials: "same-origin", redirect: "error",
          headers: { Accept: "application/json", "X-Requested-With": "tidui-autosave" },
        });
      } catch {
        return this.later("offline");
      }
      const told = await answer.json().catch(() => ({}));
      const latest = this.waiting[name];
      const typedOn = latest && JSON.stringify(latest.values) !== JSON.stringify(held.values);
      if (answer.ok) {
        this.refusals = 0;
        this.versions[name] = told.version;
        this.kept[name] = JSON.stringify(held.values);
        if (typedOn) latest.base = told.version;
        else delete this.waiting[name];
        this.write();
        this.note(name, told.error || "");
        return "done";
      }
      if (answer.status === 409) {
        if (latest?.base !== held.base) return "done"; // it was chosen meanwhile: the answer is to an older question
        latest.conflict = true;
        this.write();
        this.conflict(name, told);
        return "done";
      }
      if (answer.status === 401 || answer.status === 403) return this.ended();
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return this.later("offline");
      if (!typedOn) {
        delete this.waiting[name];
        this.write();
      }
      delete this.kept[name]; // whoever takes it back sends that, and the note of the refusal goes
      this.note(name, told.error || String(answer.status));
      return "done";
    }

    later(state) {
      this.show(state);
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.flush(), this.pause);
      this.pause = Math.min(this.pause * 2, 30000);
      return "stop";
    }

    /* The session has ended, or its token has changed: nothing goes until the same person is back with a fresh one. */
    async ended() {
      this.away = true;
      this.refusals = (this.refusals || 0) + 1;
      return this.refusals < 3 && (await this.back()) ? "again" : this.later("ended");
    }

    async back() {
      const known = await window.tidui.session().catch(() => null);
      const same = known !== null && known.who === this.who;
      if (same) this.away = false;
      if (!same) this.refusals = 0;
      return same;
    }

    note(name, text) {
      const field = this.named(name)[0]?.closest(".field");
      if (!field) return;
      field.querySelector("[data-autosave-note]")?.remove();
      if (!text) return;
      const note = document.createElement("p");
      note.className = "errors";
      note.dataset.autosaveNote = "";
      note.setAttribute("role", "status");
      note.textContent = text;
      field.append(note);
    }

    conflict(name, told) {
      const field = this.named(name)[0]?.closest(".field");
      if (!field) return;
      const texts = this.status.dataset;
      field.querySelector(".conflict")?.remove();
      const box = document.createElement("div");
      box.className = "conflict";
      box.setAttribute("role", "alert");
      const words = document.createElement("p");
      const theirs = [].concat(told.value ?? "");
      const from = [told.by, told.at].filter(Boolean).join(" · ");
      words.textContent = `${texts.textConflict} ${theirs.join("、") || "—"}${from ? ` (${from})` : ""}`;
      const buttons = document.createElement("div");
      const choose = (label, act) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-plain btn-small";
        button.textContent = label;
        button.addEventListener("click", () => {
          box.remove();
          act();
          this.named(name)[0].focus();
          this.flush();
        });
        buttons.append(button);
      };
      choose(texts.textMine, () => {
        this.versions[name] = told.version;
        this.waiting[name] = { values: this.values(name), base: told.version };
        this.write();
      });
      choose(texts.textTheirs, () => {
        this.versions[name] = told.version;
        delete this.waiting[name];
        delete this.kept[name];
        this.put(name, theirs);
        this.write();
        this.show("saved");
      });
      box.append(words, buttons);
      field.append(box);
    }

    show(state) {
      if (!this.status) return;
      const { dataset } = this.status;
      const texts = { saved: dataset.textSaved, saving: dataset.textSaving, unsaved: dataset.textUnsaved, offline: dataset.textOffline, ended: dataset.textEnded };
      if (this.nothing && state === "saved") return;
      this.nothing = false;
      this.status.hidden = false;
      if (dataset.state === state) return;
      dataset.state = state;
      this.status.textContent = texts[state];
      if (state === "ended") {
        const link = document.createElement("a");
        link.href = dataset.signin;
        link.target = "_blank";
        link.textContent = dataset.textSignin;
        this.status.append(" ", link);
      }
    }

    /* What waited for forms that this one has taken the place of (their keys begin alike, up to their number) is offered
       to nobody: it goes. */
    forget(family) {
      if (!family) return;
      const start = `${PREFIX}${this.who}:${family}`;
      const mine = this.key.slice(start.length).split("-")[0];
      try {
        Object.keys(localStorage)
          .filter((key) => key.startsWith(start) && key.slice(start.length).split("-")[0] !== mine)
          .forEach((key) => localStorage.removeItem(key));
      } catch {
        // without storage nothing waits
      }
    }

    read() {
      try {
        return JSON.parse(localStorage.getItem(this.key) || "{}");
      } catch {
        return {};
      }
    }

    /* What waits is kept in this browser only while it waits, and under the person who typed it. */
    write() {
      try {
        if (Object.keys(this.waiting).length) localStorage.setItem(this.key, JSON.stringify(this.waiting));
        else localStorage.removeItem(this.key);
        this.stored = true;
      } catch {
        this.stored = false;
      }
    }
  }

  document.querySelectorAll("form[data-autosave-url]").forEach((form) => {
    form.tiduiDraft = new Draft(form);
  });
})();

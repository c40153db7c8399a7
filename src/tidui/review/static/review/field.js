/* The checklist of a visit on a telephone. What is recorded is kept in the device first, under a key that is made here,
   and sent when the line and the session are there; sent twice it is one record. Nothing that waits is ever thrown away:
   not by a reload, a sign-out, a refusal, or another visitor's record of the same claim. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector("[data-visit]");
  if (!root || !("indexedDB" in window)) return;

  const visit = Number(root.dataset.visit);
  const who = root.dataset.who;
  const text = (name, values = {}) => Object.entries(values).reduce(
    (said, [key, value]) => said.replace(`{${key}}`, value), root.dataset[`text${name}`] || "");
  const PIECE = 50;
  const SIDE = 1600;
  // Busy from the beginning: whether everything has arrived is known once the server has been asked, and not before.
  const state = { busy: true, again: false, away: "", closed: root.dataset.closed === "1", token: "", reading: 0 };
  const placing = new Set();  // photographs whose place is being looked for

  // ------------------------------------------------------------------ what is shown
  const card = (claim) => root.querySelector(`[data-claim="${claim}"]`);
  const mine = (rows) => rows.filter((one) => one.who === who);

  const badge = (element, outcome, waiting) => {
    const place = element.querySelector("[data-outcome]");
    place.textContent = text(`Outcome_${outcome}`) + (waiting ? ` · ${text("Waits")}` : "");
    place.className = `badge tone-${{ confirmed: "good", differs: "bad", not_seen: "warn" }[outcome] || "neutral"}`;
    element.dataset.done = outcome === "open" ? "" : "1";
  };

  const fill = (element, row) => {
    const form = element.querySelector("form[data-note]");
    if (!form || form.dataset.typing) return;
    form.querySelectorAll("[name=outcome]").forEach((one) => { one.checked = one.value === row.outcome; });
    form.elements.found.value = row.found || "";
    form.elements.note.value = row.note || "";
    detail(form);
  };

  const detail = (form) => {
    const chosen = form.querySelector("[name=outcome]:checked");
    form.dataset.chosen = chosen ? chosen.value : "";
  };

  const problem = (element, said) => {
    const place = element.querySelector("[data-problem]");
    place.hidden = !said;
    place.textContent = said || "";
  };

  const besides = (element, row) => {
    const place = element.querySelector("[data-conflicts]");
    place.replaceChildren();
    (row.conflicts || []).forEach((other) => {
      const part = document.getElementById("conflict").content.cloneNode(true);
      const put = (slot, said) => { part.querySelector(`[data-slot="${slot}"]`).textContent = said || "—"; };
      put("standing", `${text(`Outcome_${row.outcome}`)} ${row.found || ""} ${row.note || ""}`.trim());
      put("other", `${text(`Outcome_${other.outcome}`)} ${other.found || ""} ${other.note || ""}`.trim());
      put("by", other.by);
      part.querySelectorAll("form").forEach((form) => {
        form.action = other.settle;
        form.elements.csrfmiddlewaretoken.value = state.token || form.elements.csrfmiddlewaretoken.value;
      });
      place.append(part);
    });
  };

  const showPhotos = async () => {
    const waiting = mine(await tiduiVisits.all("photos", visit));
    root.querySelectorAll("[data-waiting-photos]").forEach((place) => place.replaceChildren());
    waiting.forEach((one) => {
      const owner = one.claim ? card(one.claim) : root;
      const place = (owner || root).querySelector("[data-waiting-photos]");
      const line = document.createElement("li");
      line.textContent = `${text("Photo")} ${new Date(one.taken_at).toLocaleTimeString()} · ${one.refused || text("Waits")}`;
      place.append(line);
    });
  };

  /* Only the newest reading is shown: an older one does not know what was recorded since, and would take it back. */
  const overlay = async () => {
    state.reading += 1;
    const reading = state.reading;
    const claims = await tiduiVisits.all("claims", visit);
    const records = mine(await tiduiVisits.all("records", visit)).sort((a, b) => a.order - b.order);
    if (reading !== state.reading) return;
    claims.forEach((row) => {
      const element = card(row.id);
      if (!element) return;
      element.dataset.version = row.version;
      fill(element, row);
      badge(element, row.outcome, false);
      problem(element, row.warning);
      besides(element, row);
    });
    records.forEach((row) => {
      const element = card(row.claim);
      if (!element) return;
      fill(element, row);
      badge(element, row.outcome, true);
      problem(element, row.refused);
    });
    await showPhotos();
    await line();
  };

  /* The one line that says how things are: how much waits, and what to do. */
  const line = async () => {
    const records = mine(await tiduiVisits.all("records", visit));
    const photos = mine(await tiduiVisits.all("photos", visit));
    const count = records.length + photos.length;
    const done = root.querySelectorAll("[data-claim][data-done='1']").length;
    const place = root.querySelector("[data-state]");
    let said = count ? text("Waiting", { n: count }) : text("Clean");
    let tone = count ? "wait" : "good";
    if (state.busy) said = count ? text("Sending", { n: count }) : text("Checking");
    else if (state.away === "offline") { said = text("Offline", { n: count }); tone = "warn"; }
    else if (state.away === "signed-out") { said = text("SignedOut", { n: count }); tone = "bad"; }
    else if (state.away === "other") { said = text("Other", { n: count }); tone = "bad"; }
    if (state.closed) said = count ? text("ClosedLeft", { n: count }) : text("Closed");
    place.textContent = said;
    place.className = `alert tone-${tone} field-state`;
    place.dataset.waiting = count;
    root.querySelector("[data-sign-in]").hidden = !["signed-out", "other"].includes(state.away);
    root.querySelector("[data-drop]").hidden = !records.concat(photos).some((one) => one.refused || state.closed);
    root.querySelector("[data-done-count]").textContent = done;
  };

  // ------------------------------------------------------------------ what is recorded
  const note = async (form) => {
    const element = form.closest("[data-claim]");
    const chosen = form.querySelector("[name=outcome]:checked");
    if (!chosen) { problem(element, text("Choose")); return; }
    const claim = Number(element.dataset.claim);
    const before = mine(await tiduiVisits.all("records", visit)).filter((one) => one.claim === claim && !one.tried);
    await tiduiVisits.put("records", {
      key: tiduiVisits.key(), visit, who, claim, base: Number(element.dataset.version), outcome: chosen.value,
      found: form.elements.found.value.trim(), note: form.elements.note.value.trim(),
      noted_at: new Date().toISOString(), order: Date.now(), tried: false, refused: "",
    });
    // What was typed before and never sent is replaced by what was typed now.
    await Promise.all(before.map((one) => tiduiVisits.drop("records", one.key)));
    delete form.dataset.typing;
    problem(element, "");
    await overlay();
    sync();
  };

  const smaller = async (file) => {
    if (!("createImageBitmap" in window)) return file;
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
      if (scale === 1 && file.type === "image/jpeg" && file.size < 1500000) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(image.width * scale));
      canvas.height = Math.max(1, Math.round(image.height * scale));
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });
      return made || file;
    } catch {
      return file;
    }
  };

  const placed = () => new Promise((resolve) => {
    const wanted = root.querySelector("[data-with-place]");
    if (!navigator.geolocation || !wanted || !wanted.checked) { resolve(null); return; }
    setTimeout(() => resolve(null), 10000);  // the browser's own patience does not run while its question stands open
    navigator.geolocation.getCurrentPosition((found) => resolve(found.coords), () => resolve(null),
      { timeout: 8000, maximumAge: 60000, enableHighAccuracy: true });
  });

  const photograph = async (input) => {
    const files = [...input.files];
    const claim = Number(input.closest("form").elements.claim.value) || null;
    input.value = "";
    for (const file of files) {
      const taken = new Date(file.lastModified && Date.now() - file.lastModified < 86400000 ? file.lastModified : Date.now());
      const row = {
        key: tiduiVisits.key(), visit, who, claim, blob: await smaller(file), taken_at: taken.toISOString(), refused: "",
        latitude: "", longitude: "", accuracy: "",
      };
      placing.add(row.key);
      try {
        await tiduiVisits.put("photos", row);  // first of all it is kept; where it was taken comes after
        await showPhotos();
        await line();
        const place = await placed();
        if (place) {
          Object.assign(row, {
            latitude: place.latitude.toFixed(6), longitude: place.longitude.toFixed(6), accuracy: Math.round(place.accuracy),
          });
          await tiduiVisits.put("photos", row);
        }
      } finally {
        placing.delete(row.key);
      }
    }
    sync();
  };

  // ------------------------------------------------------------------ what is sent
  const session = async () => {
    const response = await fetch(document.body.dataset.sessionUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) throw new TypeError("no session");
    const told = await response.json();
    state.token = told.token;
    if (!told.who) return "signed-out";
    return told.who === who ? "" : "other";
  };

  const post = async (url, body, type) => {
    const headers = { Accept: "application/json", "X-CSRFToken": state.token };
    if (type) headers["Content-Type"] = type;
    const response = await fetch(url, { method: "POST", body, headers, redirect: "error" });
    if (response.status === 401 || response.status === 403) throw Object.assign(new Error("away"), { away: "signed-out" });
    if (response.status >= 500 || response.status === 429) throw new TypeError("later");
    return { ok: response.ok, told: await response.json() };
  };

  const learn = async (told) => {
    state.closed = told.closed;
    await tiduiVisits.putAll("claims", told.claims.map((one) => ({ ...one, visit, who })));
  };

  const sendRecords = async () => {
    const tried = new Set();
    for (;;) {
      const waiting = mine(await tiduiVisits.all("records", visit)).sort((a, b) => a.order - b.order);
      const part = waiting.filter((one) => !tried.has(one.key) && !one.refused).slice(0, PIECE);
      if (!part.length && tried.size) return;
      await tiduiVisits.putAll("records", part.map((one) => ({ ...one, tried: true })));
      const sent = part.map(({ key, claim, base, outcome, found, note: said, noted_at }) => (
        { key, claim, base, outcome, found, note: said, noted_at }));
      const { ok, told } = await post(root.dataset.syncUrl, JSON.stringify({ device: tiduiVisits.device(), records: sent }), "application/json");
      if (!ok) throw new TypeError(told.error || "not taken");
      for (const result of told.results) {
        tried.add(result.key);
        const row = part.find((one) => one.key === result.key);
        if (result.state === "refused") await tiduiVisits.put("records", { ...row, tried: true, refused: result.reason });
        else await settled(row, result);
      }
      await learn(told);
      if (!part.length) return;
    }
  };

  /* The server has it. What was recorded here since, of the same claim, comes after it. */
  const settled = async (row, result) => {
    await tiduiVisits.drop("records", row.key);
    if (result.state !== "applied") return;
    const later = mine(await tiduiVisits.all("records", visit)).filter((one) => one.claim === row.claim && one.base === row.base);
    await tiduiVisits.putAll("records", later.map((one) => ({ ...one, base: result.version })));
  };

  const sendPhotos = async () => {
    const unplaced = new Set(placing);  // as they were when the rows are read: sent without its place, none ever gets one
    for (const row of mine(await tiduiVisits.all("photos", visit))) {
      if (row.refused || unplaced.has(row.key)) continue;
      const body = new FormData();
      ["key", "taken_at", "latitude", "longitude", "accuracy"].forEach((name) => body.append(name, row[name] ?? ""));
      body.append("claim", row.claim || "");
      const ending = row.blob.type === "image/png" ? "png" : row.blob.type === "image/webp" ? "webp" : "jpg";
      body.append("photo", row.blob, `${row.key}.${ending}`);
      const { ok, told } = await post(root.dataset.photosUrl, body);
      if (!ok) { await tiduiVisits.put("photos", { ...row, refused: told.error || "—" }); continue; }
      await tiduiVisits.drop("photos", row.key);
      const owner = (told.claim && card(told.claim)) || root;
      const link = document.createElement("a");
      link.href = told.url;
      link.textContent = `${text("Photo")} ${new Date(row.taken_at).toLocaleTimeString()}`;
      const item = document.createElement("li");
      item.append(link);
      owner.querySelector("[data-sent-photos]").append(item);
    }
  };

  const copies = () => {
    const files = [...document.querySelectorAll("link[rel=stylesheet][href], link[rel=icon][href], link[rel=manifest][href], script[src]")];
    const icons = [...document.querySelectorAll("svg use")].map((one) => (one.getAttribute("href") || "").split("#")[0]);
    const urls = files.map((one) => one.href || one.src);
    return [...new Set([location.pathname, root.dataset.startUrl, ...urls, ...icons])].filter(Boolean);
  };

  const sync = async () => {
    if (state.busy) { state.again = true; return; }
    state.busy = true;
    await line();
    try {
      state.away = await session();
      if (!state.away) {
        await sendRecords();
        await sendPhotos();
        if (state.closed) await tiduiVisits.forget(visit);
        else await tiduiVisits.keep(copies());
      }
    } catch (error) {
      state.away = error.away || "offline";
    } finally {
      state.busy = false;
      await overlay();
    }
    if (state.again) { state.again = false; sync(); }
  };

  // ------------------------------------------------------------------ beginning
  root.classList.add("field-live");
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-note]")) { event.preventDefault(); note(form); }
    if (form.matches("form[data-photo]")) event.preventDefault();
  });
  root.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-note]");
    if (form) form.dataset.typing = "1";
  });
  root.addEventListener("change", (event) => {
    if (event.target.matches("input[type=file]")) photograph(event.target);
    const form = event.target.closest("form[data-note]");
    if (!form || event.target.name !== "outcome") return;
    detail(form);
    if (event.target.value === "confirmed") note(form);  // one touch is enough where all is as it was said
  });
  root.querySelector("[data-sync]").addEventListener("click", () => sync());
  root.querySelector("[data-drop]").addEventListener("click", async () => {
    if (!window.confirm(text("ReallyDrop"))) return;
    const gone = (one) => one.refused || state.closed;
    for (const row of mine(await tiduiVisits.all("records", visit)).filter(gone)) await tiduiVisits.drop("records", row.key);
    for (const row of mine(await tiduiVisits.all("photos", visit)).filter(gone)) await tiduiVisits.drop("photos", row.key);
    await overlay();
  });
  window.addEventListener("online", () => sync());
  window.addEventListener("offline", () => { state.away = "offline"; line(); });
  document.addEventListener("visibilitychange", () => document.hidden || sync());
  window.setInterval(() => { if (Number(root.querySelector("[data-state]").dataset.waiting)) sync(); }, 30000);
  root.querySelectorAll("form[data-note]").forEach(detail);
  if (!navigator.onLine) state.away = "offline";
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(root.dataset.worker, { scope: "/visits/" }).catch(() => {});
  } else {
    root.querySelector("[data-insecure]").hidden = false;
  }
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  overlay().finally(() => {
    state.busy = false;
    sync();
  });
});

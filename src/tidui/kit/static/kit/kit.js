/* What makes pages handier and is needed by none: menus that close, toasts, word of a lost connection. */
"use strict";

(() => {
  const texts = document.body.dataset;

  /* Menus are <details>: close them by Escape, by a click elsewhere, and when another opens. */
  const open = () => document.querySelectorAll("details.drop[open]");
  document.addEventListener("click", (event) => {
    open().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      menu.removeAttribute("open");
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("focusin", (event) => {
    open().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });

  /* A long navigation is scrolled to the entry of the page, so that one sees where one is. */
  const current = document.querySelector(".side-in .nav-entry[aria-current]");
  if (current) {
    const box = current.closest(".side-in");
    const low = current.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
    if (low > 0) box.scrollTop += low + box.clientHeight / 3;
  }

  /* A form that was refused: the eye and the screen reader go to what is to be done. */
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();

  /* A fault named above a form (or beside it) leads to its field: whoever follows it can type there at once, also where
     the field is a group, or lies in a section that is folded. Without a script the page only goes there. */
  const CONTROLS = "input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled)";
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".alert a[href^='#'], .errors a[href^='#']");
    const place = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!place) return;
    const inside = place.matches(CONTROLS) ? [place] : [...place.querySelectorAll(CONTROLS)];
    const field = inside.find((one) => one.type === "radio" && one.checked) || inside[0];
    if (!field) return;
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    // After the browser has gone there, which would take the focus away again.
    requestAnimationFrame(() => field.focus({ preventScroll: true }));
  });

  const TONES = { success: "good", warning: "warn", error: "bad", debug: "neutral" };

  function toast(text, tone, key) {
    const box = document.getElementById("toasts");
    if (key) box.querySelectorAll(`[data-key="${key}"]`).forEach((old) => old.remove());
    const item = document.createElement("div");
    item.className = `alert tone-${tone}`;
    if (key) item.dataset.key = key;
    const words = document.createElement("div");
    words.className = "alert-text";
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "toasts-close";
    close.setAttribute("aria-label", texts.textClose);
    close.textContent = "×";
    close.addEventListener("click", () => item.remove());
    item.append(words, close);
    box.append(item);
    return item;
  }

  document.body.addEventListener("tidui:messages", (event) => {
    const told = Array.isArray(event.detail) ? event.detail : event.detail.value || [];
    told.forEach((one) => toast(one.text, TONES[one.tone] || "info"));
  });

  window.addEventListener("offline", () => toast(texts.textOffline, "warn", "line"));
  window.addEventListener("online", () => {
    const item = toast(texts.textOnline, "good", "line");
    setTimeout(() => item.remove(), 4000);
  });

  /* A request that got no answer is asked again when nothing changes by asking: three times, later each time. */
  const tries = new WeakMap();
  document.body.addEventListener("htmx:sendError", (event) => {
    const { elt, requestConfig } = event.detail;
    const count = (tries.get(elt) || 0) + 1;
    tries.set(elt, count);
    if (requestConfig.verb === "get" && count <= 3) {
      setTimeout(() => window.htmx.trigger(elt, requestConfig.triggeringEvent?.type || "click"), 1000 * 2 ** count);
      if (count === 1) toast(texts.textOffline, "warn", "line");
      return;
    }
    tries.delete(elt);
    if (navigator.onLine) toast(texts.textFailed, "bad", "line");
  });
  document.body.addEventListener("htmx:afterOnLoad", (event) => tries.delete(event.detail.elt));

  /* An answer that is no fragment of ours (a proxy's page, say) is not put into the page. */
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.status !== 422 && xhr.getResponseHeader("HX-Retarget") !== "#problems") {
      event.detail.shouldSwap = false;
      toast(texts.textFailed, "bad", "line");
    }
  });

  /* The form that outlived its session gets a fresh token before it is sent again. */
  async function session() {
    const answer = await fetch(texts.sessionUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const known = await answer.json();
    /* A page that was drawn for one person never sends its forms as another. */
    if (texts.who && known.who !== texts.who) return known;
    document.querySelectorAll('input[name="csrfmiddlewaretoken"]').forEach((input) => {
      input.value = known.token;
    });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": known.token }));
    return known;
  }
  document.querySelectorAll("form[data-renew-token]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.renewed) return;
      event.preventDefault();
      form.dataset.renewed = "1";
      session().catch(() => null).finally(() => form.requestSubmit(event.submitter));
    });
  });

  /* Coming back to a page after signing in elsewhere: its forms get the new token at once. */
  let left = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      left = Date.now();
    } else if (left && Date.now() - left > 5000 && document.querySelector('form[method="post"] .form-control')) {
      session().catch(() => null);
    }
  });

  window.tidui = { toast, session };
})();

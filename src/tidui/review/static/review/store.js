/* What a device keeps of visits: how the claims stood when it last heard, the records and photographs that wait, and
   copies of the pages. Everything of a visit goes when its report is in and nothing of it waits. */
"use strict";

const tiduiVisits = (() => {
  const CACHE = "tidui-visits-1";
  let opened = null;

  const open = () => {
    opened ||= new Promise((resolve, reject) => {
      const request = indexedDB.open("tidui-visits", 1);
      request.onupgradeneeded = () => {
        ["claims", "records", "photos"].forEach((name) => {
          const store = request.result.createObjectStore(name, { keyPath: name === "claims" ? "id" : "key" });
          store.createIndex("visit", "visit");
        });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opened;
  };

  const run = async (store, mode, work) => {
    const db = await open();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(store, mode);
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request && request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  };

  const all = (store, visit) => run(store, "readonly", (one) => one.index("visit").getAll(visit));
  const whole = (store) => run(store, "readonly", (one) => one.getAll());
  const put = (store, row) => run(store, "readwrite", (one) => one.put(row));
  const drop = (store, key) => run(store, "readwrite", (one) => one.delete(key));
  const putAll = (store, rows) => run(store, "readwrite", (one) => { rows.forEach((row) => one.put(row)); return null; });

  /* A key that no other record has; also where the connection is not secure and the browser gives none. */
  const key = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  /* This device, as records name it: two devices of one person are two. */
  const device = () => {
    let name = localStorage.getItem("tidui-visits-device");
    if (!name) {
      name = key();
      localStorage.setItem("tidui-visits-device", name);
    }
    return name;
  };

  /* Put copies of these addresses where the service worker finds them; only whole answers, no way to a sign-in. */
  const keep = async (urls) => {
    if (!("caches" in window)) return;
    const cache = await caches.open(CACHE);
    await Promise.all(urls.map(async (url) => {
      try {
        const response = await fetch(url, { credentials: "same-origin" });
        if (response.ok && !response.redirected) await cache.put(url, response);
      } catch { /* without a line the older copy stays */ }
    }));
  };

  /* Remove everything of a visit but what still waits to be sent. Gives how much waits. */
  const forget = async (visit) => {
    const claims = await all("claims", visit);
    await Promise.all(claims.map((one) => drop("claims", one.id)));
    if ("caches" in window) await (await caches.open(CACHE)).delete(`/visits/${visit}/field/`, { ignoreVary: true });
    const waiting = [...await all("records", visit), ...await all("photos", visit)];
    return waiting.length;
  };

  /* Remove a person's visits that are not open any more; `openKeys` are those that are. */
  const sweep = async (openKeys, who) => {
    const known = new Set((await whole("claims")).filter((one) => one.who === who).map((one) => one.visit));
    const over = [...known].filter((visit) => !openKeys.includes(visit));
    await Promise.all(over.map(forget));
    return over.length;
  };

  return { all, device, drop, forget, keep, key, put, putAll, sweep, whole };
})();

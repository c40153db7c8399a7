/* Serves the pages of visits without a line, from what the page itself put into the cache. With a line, the network
   answers. Only the pages of visits and the files that draw them are kept; nothing is kept that a page did not ask for. */
"use strict";

const CACHE = "tidui-visits-1";
const PATIENCE = 6000;
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("tidui-visits-") && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

const kept = async (request) => {
  const cache = await caches.open(CACHE);
  return cache.match(request, { ignoreVary: true });
};

/* A page: the network, unless it is slow and we have a copy. */
const page = async (request) => {
  const copy = await kept(new URL(request.url).pathname);
  if (!copy) return fetch(request);
  const slow = new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE); });
  try {
    return (await Promise.race([fetch(request), slow])) || copy;
  } catch {
    return copy;
  }
};

/* A file that draws a page: one whose name holds its hash never changes. */
const asset = async (request) => {
  const copy = await kept(request);
  if (copy && HASHED.test(new URL(request.url).pathname)) return copy;
  try {
    return await fetch(request);
  } catch (error) {
    if (copy) return copy;
    throw error;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (["style", "script", "image", "font", "manifest"].includes(request.destination)) event.respondWith(asset(request));
});

/**
 * Service worker: the page without a network. The server is asked first, so that a new version is seen
 * at once; what it gives is kept, and given where it does not answer.
 */
const STORE = "audio-emotion page";
/** Written by build_page.py. @type {string[]} */
const FILES = ["@FILES@"];

const keep = async () => (await caches.open(STORE)).addAll(FILES);

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("fetch", (event) => {
    const { pathname, origin } = new URL(event.request.url);
    const own = origin === location.origin && !pathname.includes("/api/");
    if (own && event.request.method === "GET") event.respondWith(newest(event.request));
});

/** @param {Request} request */
async function newest(request) {
    const store = await caches.open(STORE);
    try {
        const response = await fetch(request);
        if (response.ok) await store.put(request, response.clone());
        return response;
    } catch (error) {
        const kept = await store.match(request, { ignoreSearch: true, ignoreVary: true });
        if (kept) return kept;
        throw error;
    }
}

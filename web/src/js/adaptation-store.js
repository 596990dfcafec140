/** What the network has learnt of a voice, remembered in this browser and nowhere else. */
const KEY = "audio-emotion speaker";

/** @param {number} network @returns {import("./core.js").Speaker | null} */
export function remembered(network) {
    try {
        const speaker = JSON.parse(localStorage.getItem(KEY) ?? "null");
        const sound =
            speaker?.network === network &&
            Array.isArray(speaker.words) &&
            speaker.words.every((/** @type {unknown} */ word) => Number.isInteger(word)) &&
            speaker.words.at(-1) >= 0;
        return sound ? speaker : null;
    } catch {
        return null; // storage is off, or holds something else
    }
}

/** @param {import("./core.js").Speaker | null} speaker null forgets */
export function remember(speaker) {
    try {
        if (speaker) localStorage.setItem(KEY, JSON.stringify(speaker));
        else localStorage.removeItem(KEY);
    } catch {
        // Without storage a voice is known until the page is closed.
    }
}

/** The speaker adaptation, kept in this browser's local storage. */
const KEY = "audio-emotion speaker";

/** Load it. @param {number} network @returns {import("./core.js").SpeakerAdaptation | null} */
export function loadAdaptation(network) {
    try {
        const adaptation = JSON.parse(localStorage.getItem(KEY) ?? "null");
        const valid =
            adaptation?.network === network &&
            Array.isArray(adaptation.words) &&
            adaptation.words.every((/** @type {unknown} */ word) => Number.isInteger(word)) &&
            adaptation.words.at(-1) >= 0;
        return valid ? adaptation : null;
    } catch {
        return null; // storage is off, or holds something else
    }
}

/** Save it. @param {import("./core.js").SpeakerAdaptation | null} adaptation null removes it */
export function saveAdaptation(adaptation) {
    try {
        if (adaptation) localStorage.setItem(KEY, JSON.stringify(adaptation));
        else localStorage.removeItem(KEY);
    } catch {
        // Without storage the adaptation lasts until the page is closed.
    }
}

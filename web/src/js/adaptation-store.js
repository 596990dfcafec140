/** The speaker adaptation, kept in this browser's local storage. */
const KEY = "audio-emotion speaker";

/** Load it. @param {number} network @returns {import("./core.js").SpeakerAdaptation | null} */
export function loadAdaptation(network) {
    try {
        return adaptationOf(localStorage.getItem(KEY) ?? "null", network);
    } catch {
        return null; // storage is off, or holds something else
    }
}

/** The text of a file to keep. */
export const fileOf = (/** @type {import("./core.js").SpeakerAdaptation} */ adaptation) => JSON.stringify(adaptation);

/**
 * Read such a text; null if it is none, or of another network.
 * @param {string} text @param {number} network
 * @returns {import("./core.js").SpeakerAdaptation | null}
 */
export function adaptationOf(text, network) {
    const adaptation = JSON.parse(text);
    const isWord = (/** @type {any} */ word) => Number.isInteger(word) && Math.abs(word) < 2 ** 31;
    const valid =
        adaptation?.network === network &&
        Array.isArray(adaptation.words) &&
        adaptation.words.every(isWord) &&
        adaptation.words.at(-1) >= 0;
    return valid ? { network, words: adaptation.words } : null;
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

/** How long each label was heard, altogether and over time. */
import { labelOf, NO_SPEECH } from "./emotions.js";

/** @typedef {import("./emotions.js").Utterance} Utterance */

/** Seconds of each label, of speech only. @param {Utterance[]} utterances */
export function secondsByLabel(utterances) {
    /** @type {Map<string, number>} */ const seconds = new Map();
    for (const { startS, endS, ...prediction } of utterances) add(seconds, labelOf(prediction), endS - startS);
    seconds.delete(NO_SPEECH);
    return seconds;
}

/**
 * Share of each label in steps of time.
 * @param {Utterance[]} utterances @param {number} startS @param {number} stepS @param {number} n steps
 */
export function sharesOverTime(utterances, startS, stepS, n) {
    const steps = Array.from({ length: n }, () => /** @type {Map<string, number>} */ (new Map()));
    for (const utterance of utterances) {
        const [from, to] = [utterance.startS - startS, utterance.endS - startS].map((s) => s / stepS);
        for (let i = Math.max(0, Math.floor(from)); i < Math.min(n, to); i++)
            add(steps[i], labelOf(utterance), Math.min(i + 1, to) - Math.max(i, from));
    }
    return steps;
}

/** @param {Map<string, number>} sums @param {string} key @param {number} value */
function add(sums, key, value) {
    sums.set(key, (sums.get(key) ?? 0) + value);
}

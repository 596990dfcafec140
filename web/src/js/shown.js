/** What of a session is shown as its emotion: a prediction, or how long each label was heard. */
import { NO_SPEECH, clock, labelOf } from "./emotions.js";
import { LONGEST_S } from "./recording.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./emotions.js").Prediction} Prediction */
/** @typedef {import("./emotions.js").Utterance} Utterance */
/** @typedef {{prediction: any, state: string, summary?: boolean}} Shown */

/**
 * The prediction to show; a recording too long for one has a summary.
 * @param {Session | null} session
 * @param {Prediction | null} selected
 * @param {number | null} playheadS
 * @returns {Shown}
 */
export function shown(session, selected, playheadS) {
    if (!session) return { prediction: null, state: "" };
    if (playheadS !== null) {
        const prediction = session.predictionAt(playheadS) ?? session.utteranceBefore(playheadS) ?? session.result;
        return { prediction, state: `playing, ${clock(playheadS)}` };
    }
    const { seconds, totalS, live, pending, kind, result } = session;
    if (pending) return { prediction: null, state: `processing, ${clock(seconds)} of ${clock(totalS)}` };
    if (live) return shownLive(session);
    if (selected) return { prediction: selected, state: `the utterance at ${clock(selected.startS)}` };
    if (kind === "recording")
        return { prediction: result, state: "the whole recording", summary: totalS > LONGEST_S };
    const last = session.utterances.at(-1);
    return { prediction: last ?? null, state: last ? "the last utterance" : "no utterance found" };
}

/** @param {Session} session @returns {Shown} */
function shownLive({ current, phase, utterances }) {
    if (current) return { prediction: current, state: `so far, ${(current.endS - current.startS).toFixed(1)} s` };
    const last = utterances.at(-1);
    const state = phase === "silence" ? "listening" : "speech";
    return { prediction: last ?? null, state: last ? `${state}; the last utterance` : state };
}

/** @param {Session} session */
export const sourceOf = ({ kind, title, live }) => (kind === "microphone" && live ? "microphone, live" : title);

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

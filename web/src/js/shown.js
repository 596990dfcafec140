/** What of a session is shown as its emotion. */
import { clock } from "./emotions.js";
import { LONGEST_S } from "./recording.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./emotions.js").Prediction} Prediction */
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
        const prediction = session.predictionAt(playheadS) ?? session.utteranceBefore(playheadS);
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

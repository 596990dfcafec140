/** Visible time window. */

/** @typedef {{startS: number, endS: number}} Window */
/** @typedef {import("../session.js").Session} Session */

const LIVE_S = 12;
const LIVE_TIMELINE_S = 60;
/** Longest recording that is shown as a whole, s. */
const WHOLE_S = 30;
const PART_S = 15;
const SHORTEST_S = 2;

/** Window of waveform and spectrogram. @param {Session | null} session @param {number} focusS @returns {Window} */
export function scopeWindow(session, focusS) {
    if (!session) return { startS: 0, endS: LIVE_S };
    const { seconds } = session;
    if (session.live) return until(seconds, LIVE_S);
    if (seconds <= WHOLE_S) return { startS: 0, endS: Math.max(seconds, SHORTEST_S) };
    const startS = Math.max(0, Math.min(seconds - PART_S, focusS - PART_S / 3));
    return { startS, endS: startS + PART_S };
}

/** Window of the timeline. @param {Session | null} session @returns {Window} */
export function timelineWindow(session) {
    if (!session) return { startS: 0, endS: LIVE_S };
    const { live, beginS, seconds } = session;
    if (live) return until(seconds, Math.max(LIVE_S, Math.min(LIVE_TIMELINE_S, seconds)));
    return { startS: beginS, endS: Math.max(seconds, SHORTEST_S) };
}

/** @param {number} endS @param {number} length @returns {Window} */
function until(endS, length) {
    const startS = Math.max(0, endS - length);
    return { startS, endS: Math.max(endS, startS + length) };
}

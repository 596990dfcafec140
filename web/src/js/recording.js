/** Prediction of a whole recording, as `audio-emotion predict` makes it. */
import { SAMPLE_RATE } from "./core.js";

const WINDOW_S = 3;
const STEP_S = 1;
/** A longer recording has utterances and a summary in the page, but no single emotion. */
export const LONGEST_S = 10;

/**
 * Recognize the emotion of a recording, silence included, and of its windows if it is longer than one.
 *
 * @param {import("./core.js").Core} core
 * @param {Int16Array} samples
 */
export function predict(core, samples) {
    const whole = core.recognize(samples);
    if (!whole) return null;
    const timeline = windows(samples.length).map(([start, end]) => ({
        startS: start / SAMPLE_RATE,
        endS: end / SAMPLE_RATE,
        .../** @type {object} */ (core.recognize(samples.subarray(start, end))),
    }));
    return { startS: 0, endS: samples.length / SAMPLE_RATE, ...whole, timeline };
}

/** The last window ends where the recording ends. @param {number} length samples */
export function windows(length) {
    const [window, step] = [WINDOW_S * SAMPLE_RATE, STEP_S * SAMPLE_RATE];
    const found = [];
    for (let end = window; end < length; end += step) found.push([end - window, end]);
    if (found.length) found.push([length - window, length]);
    return found;
}

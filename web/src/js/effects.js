/** What a cheap microphone or a line makes of a recording. */
import { SAMPLE_RATE } from "./core.js";

/** @typedef {"quiet" | "noise" | "telephone" | "offset" | "eightBits"} Effect */

const QUIET_DB = -30;
const NOISE_DB = -10; // of the recording's level
const BAND_HZ = [300, 3400];
const OFFSET = 1638; // 5 % of full scale

/** In the order of the signal's way. @type {Record<Effect, (signal: Float32Array) => Float32Array>} */
const EFFECTS = {
    noise: (signal) => {
        const level = Math.sqrt(signal.reduce((sum, x) => sum + x * x, 0) / signal.length);
        const normal = normals();
        return signal.map((x) => x + level * 10 ** (NOISE_DB / 20) * normal());
    },
    telephone: (signal) => {
        const [low, high] = BAND_HZ;
        return [biquad(low, "high"), biquad(low, "high"), biquad(high, "low"), biquad(high, "low")].reduce(
            (filtered, filter) => filtered.map(filter),
            signal,
        );
    },
    quiet: (signal) => signal.map((x) => x * 10 ** (QUIET_DB / 20)),
    offset: (signal) => signal.map((x) => x + OFFSET),
    eightBits: (signal) => signal.map((x) => 256 * Math.round(x / 256)),
};

/** Apply effects to samples. @param {Int16Array} samples @param {Effect[]} effects */
export function applied(samples, effects) {
    if (effects.length === 0 || samples.length === 0) return samples;
    let signal = Float32Array.from(samples);
    for (const [name, effect] of Object.entries(EFFECTS))
        if (effects.includes(/** @type {Effect} */ (name))) signal = effect(signal);
    return Int16Array.from(signal, (x) => Math.max(-32768, Math.min(32767, Math.round(x))));
}

/** A second-order Butterworth filter (R. Bristow-Johnson's cookbook). @param {number} hz @param {"low" | "high"} pass */
function biquad(hz, pass) {
    const w = (2 * Math.PI * hz) / SAMPLE_RATE;
    const [cos, alpha] = [Math.cos(w), Math.sin(w) / Math.SQRT2];
    const sign = pass === "low" ? 1 : -1;
    const b = (1 - sign * cos) / 2 / (1 + alpha);
    const [a1, a2] = [(-2 * cos) / (1 + alpha), (1 - alpha) / (1 + alpha)];
    let [x1, x2, y1, y2] = [0, 0, 0, 0];
    return (/** @type {number} */ x) => {
        const y = b * (x + sign * 2 * x1 + x2) - a1 * y1 - a2 * y2;
        [x1, x2, y1, y2] = [x, x1, y, y1];
        return y;
    };
}

/** Normal random numbers (Box and Muller), the same ones each time. */
function normals() {
    let state = 1;
    const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
    return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

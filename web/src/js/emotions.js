/** The seven emotions, in the order of the core. */
export const EMOTIONS = /** @type {const} */ ([
    "anger",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
]);

export const NOT_CONFIDENT = "not confident";

/** @typedef {(typeof EMOTIONS)[number]} Emotion */

/**
 * Emotion of an utterance or a window.
 * @typedef {object} Prediction
 * @property {number} startS
 * @property {number} endS
 * @property {Emotion} emotion the likeliest
 * @property {boolean} confident whether its probability reaches the network's threshold
 * @property {Float32Array} probabilities in the order of EMOTIONS
 */

/**
 * Utterance that has ended.
 * @typedef {Prediction & {cut: boolean, features: Record<string, number>}} Utterance
 */

/** @param {Prediction} prediction */
export const labelOf = ({ confident, emotion }) => (confident ? emotion : NOT_CONFIDENT);

/** Emotions and their probabilities, likeliest first. @param {ArrayLike<number>} probabilities */
export const ranked = (probabilities) =>
    EMOTIONS.map((emotion, i) => ({ emotion, probability: probabilities[i] })).sort(
        (a, b) => b.probability - a.probability,
    );

/** @param {string} text */
export const capitalized = (text) => text[0].toUpperCase() + text.slice(1);

/** @param {number} fraction */
export const percent = (fraction) => `${Math.round(100 * fraction)} %`;

/** @param {number} seconds */
export function clock(seconds) {
    const tenths = Math.max(0, Math.round(10 * seconds));
    return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}

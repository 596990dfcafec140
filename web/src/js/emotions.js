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

export const NOT_SURE = "not sure";

/** @typedef {(typeof EMOTIONS)[number]} Emotion */

/**
 * What was heard in a stretch of sound.
 * @typedef {object} Heard
 * @property {number} startS
 * @property {number} endS
 * @property {Emotion} emotion the likeliest
 * @property {boolean} sure whether its probability reaches the network's threshold
 * @property {Float32Array} probabilities in the order of EMOTIONS
 */

/**
 * An utterance that has ended.
 * @typedef {Heard & {cut: boolean, features: Record<string, number>}} Utterance
 */

/** What to call what was heard. @param {Heard} heard */
export const said = (heard) => (heard.sure ? heard.emotion : NOT_SURE);

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

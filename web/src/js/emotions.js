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

/* What is said instead of an emotion. */
export const NOT_CONFIDENT = "not confident";
export const NO_SPEECH = "no speech";

/** @typedef {(typeof EMOTIONS)[number]} Emotion */

/**
 * Emotion of an utterance or a window.
 * @typedef {object} Prediction
 * @property {number} startS
 * @property {number} endS
 * @property {Emotion | null} emotion the likeliest; null where nobody speaks
 * @property {boolean} confident whether its probability reaches the network's threshold
 * @property {number} speech probability that somebody speaks
 * @property {Float32Array} probabilities if so, in the order of EMOTIONS
 */

/**
 * Utterance that has ended.
 * @typedef {Prediction & {cut: boolean, features: Record<string, number>}} Utterance
 */

/** @param {Prediction} prediction */
export const labelOf = ({ confident, emotion }) =>
    emotion === null ? NO_SPEECH : confident ? emotion : NOT_CONFIDENT;

/** Probability of the likeliest emotion, or that nobody speaks. @param {Prediction} prediction */
export const chanceOf = ({ emotion, speech, probabilities }) =>
    emotion === null ? 1 - speech : Math.max(...probabilities);

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

/** Predictions as files for other programs, in the form of `audio-emotion predict`. */
import { EMOTIONS, NO_SPEECH } from "./emotions.js";
import { LONGEST_S } from "./recording.js";

const SCHEMA = 3;

/** @typedef {import("./session.js").Session} Session */

/** @param {ArrayLike<number>} probabilities */
const named = (probabilities) =>
    Object.fromEntries(EMOTIONS.map((emotion, i) => [emotion, probabilities[i]]));

/** @param {any} prediction */
const span = (prediction) => ({
    start_s: prediction.startS,
    end_s: prediction.endS,
    emotion: prediction.emotion,
    confident: prediction.confident,
    speech: prediction.speech,
    probabilities: named(prediction.probabilities),
});

/** @param {any} prediction */
const entry = (prediction) => ({
    ...span(prediction),
    ...("cut" in prediction ? { cut: prediction.cut } : {}),
    ...(prediction.features ? { features: prediction.features } : {}),
});

/**
 * @param {Session} session
 * @param {any} result of the recording, with its timeline; null for the microphone
 * @param {string} model
 */
export function json(session, result, model) {
    const { name } = session;
    const results = result && [
        {
            path: name,
            duration_s: result.endS,
            emotion: result.emotion,
            confident: result.confident,
            speech: result.speech,
            probabilities: named(result.probabilities),
            utterances: result.endS > LONGEST_S ? session.utterances.map(span) : [],
            timeline: result.timeline.map(span),
        },
    ];
    const utterances = session.utterances.map(entry);
    const document = { schema: SCHEMA, model, source: name, results: results ?? [], utterances };
    return JSON.stringify(document, null, 1);
}

/** A row per utterance, in the columns of `predict --csv`. @param {Session} session */
export function csv(session) {
    const path = quoted(session.name);
    const rows = session.utterances.map(({ startS, endS, emotion, confident, speech, probabilities }) =>
        [path, "utterance", startS, endS, emotion ?? NO_SPEECH, confident, speech, ...probabilities].join(","),
    );
    const columns = ["path", "part", "start_s", "end_s", "emotion", "confident", "speech", ...EMOTIONS];
    return [columns.join(","), ...rows, ""].join("\n");
}

/** A cell of a table, whatever is in it. @param {string} text */
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** @param {string} text @param {string} type @param {string} name */
export function download(text, type, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** What was heard as files for other programs, in the form of `audio-emotion predict`. */
import { EMOTIONS } from "./emotions.js";

/** @typedef {import("./session.js").Session} Session */

/** @param {ArrayLike<number>} probabilities */
const named = (probabilities) =>
    Object.fromEntries(EMOTIONS.map((emotion, i) => [emotion, probabilities[i]]));

/** @param {any} heard */
const entry = (heard) => ({
    start_s: heard.startS,
    end_s: heard.endS,
    ...("cut" in heard ? { cut: heard.cut } : {}),
    emotion: heard.emotion,
    sure: heard.sure,
    probabilities: named(heard.probabilities),
    ...(heard.features ? { features: heard.features } : {}),
});

/** @param {Session} session @param {string} model */
export function json(session, model) {
    const { result } = session;
    const results = result && [
        {
            path: session.name,
            emotion: result.emotion,
            sure: result.sure,
            probabilities: named(result.probabilities),
            timeline: result.timeline.map(entry),
        },
    ];
    const utterances = session.utterances.map(entry);
    return JSON.stringify({ model, source: session.name, results: results ?? [], utterances }, null, 1);
}

/** A row per utterance, in the columns of `predict --csv`. @param {Session} session */
export function csv(session) {
    const path = quoted(session.name);
    const rows = session.utterances.map(({ startS, endS, emotion, sure, probabilities }) =>
        [path, startS, endS, emotion, sure, ...probabilities].join(","),
    );
    return [["path", "start_s", "end_s", "emotion", "sure", ...EMOTIONS].join(","), ...rows, ""].join("\n");
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

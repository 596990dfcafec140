/** State of a stream or a recording that the page shows. */
import { Ring } from "./ring.js";
import { HOPS_PER_S, KEPT_HOPS } from "./stream.js";

/** @typedef {import("./emotions.js").Prediction} Prediction */
/** @typedef {import("./emotions.js").Utterance} Utterance */

let sessions = 0;

export class Session {
    /**
     * @param {"microphone" | "recording"} kind
     * @param {string} name
     * @param {number} nMels
     * @param {string} title that the page shows
     */
    constructor(kind, name, nMels, title = name) {
        this.id = ++sessions;
        this.kind = kind;
        this.name = name;
        this.title = title;
        /** Length of a recording, also of what is not processed yet. */
        this.lengthS = 0;
        this.live = kind === "microphone";
        /** Whether a recording is being processed. */
        this.pending = !this.live;
        this.logMel = new Ring(Uint8Array, nMels, KEPT_HOPS);
        this.peaks = new Ring(Int16Array, 2, KEPT_HOPS);
        /** @type {Utterance[]} */ this.utterances = [];
        /** Estimates and final predictions, in the order of their ends. @type {Prediction[]} */
        this.predictions = [];
        /** Estimate of the running utterance. @type {Prediction | null} */ this.current = null;
        /** Prediction of a recording up to LONGEST_S of recording.js. */ this.result = null;
        this.phase = "silence";
        this.nAdapted = 0;
        this.shortened = false;
        /** What is wrong with a recording that is read all the same, or "". */ this.warning = "";
    }

    /** @param {any} message of the worker */
    update({ batches, lengthS, result, done, shortened, warning }) {
        for (const { logMel, peaks, events, phase, nAdapted } of batches) {
            this.logMel.push(logMel);
            this.peaks.push(peaks);
            this.phase = phase;
            this.nAdapted = nAdapted;
            events.forEach((event) => this.#consume(event));
        }
        this.lengthS = lengthS ?? this.lengthS;
        this.result = result ?? this.result;
        if (result && this.utterances.length === 1) this.#agree(this.utterances[0]);
        this.shortened ||= shortened ?? false;
        this.warning = warning ?? this.warning;
        if (done) {
            this.live = false;
            this.pending = false;
            this.current = null;
            this.phase = "silence";
        }
    }

    get seconds() {
        return this.logMel.end / HOPS_PER_S;
    }

    get totalS() {
        return Math.max(this.seconds, this.lengthS);
    }

    /** Start of the stored hops. */
    get beginS() {
        return this.logMel.begin / HOPS_PER_S;
    }

    /** Find the prediction at a time. @param {number} seconds */
    predictionAt(seconds) {
        return this.predictions.find(({ startS, endS }) => startS <= seconds && seconds <= endS) ?? null;
    }

    /** Find the last utterance that had ended at a time. @param {number} seconds */
    utteranceBefore(seconds) {
        return this.utterances.findLast(({ endS }) => endS <= seconds) ?? null;
    }

    /** @param {number} seconds */
    utteranceAt(seconds) {
        return this.utterances.find(({ startS, endS }) => startS <= seconds && seconds < endS);
    }

    /** A recording that is one utterance has one answer, with the silence around it. @param {Utterance} only */
    #agree(only) {
        const { emotion, confident, speech, probabilities } = /** @type {any} */ (this.result);
        Object.assign(only, { emotion, confident, speech, probabilities });
    }

    #consume({ kind, prediction }) {
        if (kind === "began") return;
        this.predictions.push(prediction);
        this.current = kind === "estimate" ? prediction : null;
        if (kind === "ended") this.utterances.push(prediction);
        while (this.predictions[0].endS < this.beginS) this.predictions.shift();
    }
}

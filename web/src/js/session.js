/** Everything the page knows of what is being heard, or was. */
import { Ring } from "./ring.js";
import { HOPS_PER_S, KEPT_HOPS } from "./stream.js";

/** @typedef {import("./emotions.js").Heard} Heard */
/** @typedef {import("./emotions.js").Utterance} Utterance */

let sessions = 0;

export class Session {
    /**
     * @param {"microphone" | "recording"} kind
     * @param {string} name
     * @param {number} nMels
     * @param {string} title what people call it
     */
    constructor(kind, name, nMels, title = name) {
        this.id = ++sessions;
        this.kind = kind;
        this.name = name;
        this.title = title;
        this.live = kind === "microphone";
        /** A recording is heard in a moment, a long one in some. */
        this.pending = !this.live;
        this.logMel = new Ring(Uint8Array, nMels, KEPT_HOPS);
        this.peaks = new Ring(Int16Array, 2, KEPT_HOPS);
        /** @type {Utterance[]} */ this.utterances = [];
        /** Running ones and final ones, in the order of their ends. @type {Heard[]} */
        this.moments = [];
        /** The utterance that is being spoken. @type {Heard | null} */ this.current = null;
        /** Of a whole recording. */ this.result = null;
        this.phase = "silence";
        this.nKnown = 0;
        this.shortened = false;
    }

    /** @param {any} message of the worker */
    absorb({ batches, result, done, shortened }) {
        for (const { logMel, peaks, events, phase, nKnown } of batches) {
            this.logMel.push(logMel);
            this.peaks.push(peaks);
            this.phase = phase;
            this.nKnown = nKnown;
            events.forEach((event) => this.#absorb(event));
        }
        this.result = result ?? this.result;
        this.shortened ||= shortened ?? false;
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

    /** The oldest moment that is kept. */
    get beginS() {
        return this.logMel.begin / HOPS_PER_S;
    }

    /** What was heard until then of the utterance of that time. @param {number} seconds */
    momentAt(seconds) {
        return this.moments.find(({ startS, endS }) => startS <= seconds && seconds <= endS) ?? null;
    }

    /** The utterance that was over last. @param {number} seconds */
    utteranceBefore(seconds) {
        return this.utterances.findLast(({ endS }) => endS <= seconds) ?? null;
    }

    /** @param {number} seconds */
    utteranceAt(seconds) {
        return this.utterances.find(({ startS, endS }) => startS <= seconds && seconds < endS);
    }

    #absorb({ kind, heard }) {
        if (kind === "began") return;
        this.moments.push(heard);
        this.current = kind === "estimate" ? heard : null;
        if (kind === "ended") this.utterances.push(heard);
        while (this.moments[0].endS < this.beginS) this.moments.shift();
    }
}

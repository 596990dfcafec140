/** One stream of samples through the core, hop by hop. */
import { EVENTS, HOP_LENGTH } from "./core.js";
import { Ring } from "./ring.js";

export const HOPS_PER_S = 100;
/** Hops stored for display and playback: ten minutes. */
export const KEPT_HOPS = 600 * HOPS_PER_S;
export const KEPT_SAMPLES = KEPT_HOPS * HOP_LENGTH;
export const ESTIMATE_MS = 250;
/** Acoustic features that the page shows; names are the core's. */
export const SHOWN_FEATURES = ["f0_mean", "rms_db_mean", "jitter_local", "shimmer_local"];

/** Log-mel energies are shown in eighths of an octave... */
const MEL_SHIFT = 6;
/** ...above this one, Q9: weaker ones are drawn dark. */
const MEL_FLOOR = 8 << 9;

/**
 * Results for some samples.
 * @typedef {object} Batch
 * @property {Uint8Array} logMel nMels values a hop, eighths of an octave
 * @property {Int16Array} peaks smallest and largest sample of each hop
 * @property {StreamEvent[]} events
 * @property {string} phase
 * @property {number} nAdapted
 */

/** @typedef {{kind: string, prediction: any}} StreamEvent */

export class Stream {
    /** @param {import("./core.js").Core} core */
    constructor(core) {
        this.core = core;
        core.reset(ESTIMATE_MS);
        this.history = new Ring(Int16Array, HOP_LENGTH, KEPT_HOPS);
        this.rest = new Int16Array(0);
        this.finished = false;
        this.cost = { hops: 0, networkMs: 0, featuresMs: 0 };
    }

    /** Process samples in pieces of any size. @param {Int16Array} samples @returns {Batch[]} */
    process(samples) {
        if (this.finished) return [];
        const joined = new Int16Array(this.rest.length + samples.length);
        joined.set(this.rest);
        joined.set(samples, this.rest.length);
        const whole = joined.length - (joined.length % HOP_LENGTH);
        this.rest = joined.slice(whole);
        const batches = [];
        for (let at = 0; at < whole; at += this.core.capacity)
            batches.push(this.#consume(joined.subarray(at, Math.min(whole, at + this.core.capacity))));
        return batches;
    }

    /** End the stream. @returns {Batch} */
    finish() {
        this.finished = true;
        this.core.put(this.rest);
        this.core.c.process(0, this.rest.length);
        this.core.c.features_process(0, this.rest.length);
        const events = [this.core.c.finish()].filter((event) => event > 0).map((event) => this.#event(event));
        this.core.c.features_finish();
        this.#addFeatures(events);
        return this.#batch(new Uint8Array(0), new Int16Array(0), events);
    }

    /** Process a chunk. @param {Int16Array} samples whole hops, at most the capacity */
    #consume(samples) {
        this.core.put(samples);
        this.history.push(samples);
        const hops = samples.length / HOP_LENGTH;
        const logMel = new Uint8Array(hops * this.core.nMels);
        const peaks = new Int16Array(hops * 2);
        const events = [];
        const began = performance.now();
        for (let hop = 0; hop < hops; hop++) {
            const event = this.core.c.process(hop * HOP_LENGTH, HOP_LENGTH);
            if (event > 0) events.push(this.#event(event));
            this.core.logMel().forEach((energy, band) => {
                const shown = (energy - MEL_FLOOR) >> MEL_SHIFT;
                logMel[hop * this.core.nMels + band] = Math.max(0, Math.min(255, shown));
            });
        }
        const between = performance.now();
        let nDone = 0;
        for (let hop = 0; hop < hops; hop++)
            if (this.core.c.features_process(hop * HOP_LENGTH, HOP_LENGTH) > 0)
                this.#addFeatures(events.slice(nDone, ++nDone));
        this.cost.hops += hops;
        this.cost.networkMs += between - began;
        this.cost.featuresMs += performance.now() - between;
        for (let hop = 0; hop < hops; hop++) {
            const block = samples.subarray(hop * HOP_LENGTH, (hop + 1) * HOP_LENGTH);
            peaks[2 * hop] = Math.min(...block);
            peaks[2 * hop + 1] = Math.max(...block);
        }
        return this.#batch(logMel, peaks, events);
    }

    /** @param {number} event @returns {StreamEvent} */
    #event(event) {
        return { kind: EVENTS[event], prediction: this.core.prediction() };
    }

    /** Add the acoustic features to predictions. @param {StreamEvent[]} events */
    #addFeatures(events) {
        for (const { kind, prediction } of events)
            if (kind !== "began") prediction.features = this.core.features(SHOWN_FEATURES);
    }

    /** @returns {Batch} */
    #batch(/** @type {Uint8Array} */ logMel, /** @type {Int16Array} */ peaks, events) {
        const { nAdapted } = this.core;
        return { logMel, peaks, events, phase: this.core.phase(), nAdapted };
    }
}

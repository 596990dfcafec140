/** One stream of sound through the core, hop by hop, with all that the page shows of it. */
import { EVENTS, HOP_LENGTH } from "./core.js";
import { Ring } from "./ring.js";

export const HOPS_PER_S = 100;
/** Of sound kept, to be looked at and played again: ten minutes. */
export const KEPT_HOPS = 600 * HOPS_PER_S;
export const KEPT_SAMPLES = KEPT_HOPS * HOP_LENGTH;
export const ESTIMATE_MS = 250;
/** What the page shows of the voice; names are the core's. */
export const SHOWN_FEATURES = ["f0_mean", "rms_db_mean", "jitter_local", "shimmer_local"];

/** Log-mel energies are shown in eighths of an octave... */
const MEL_SHIFT = 6;
/** ...above this one, Q9: what is weaker is dark anyway. */
const MEL_FLOOR = 8 << 9;

/**
 * What some samples gave.
 * @typedef {object} Batch
 * @property {Uint8Array} logMel nMels values a hop, eighths of an octave
 * @property {Int16Array} peaks smallest and largest sample of each hop
 * @property {StreamEvent[]} events
 * @property {string} phase
 * @property {number} nKnown
 */

/** @typedef {{kind: string, heard: any}} StreamEvent */

export class Stream {
    /** @param {import("./core.js").Core} core */
    constructor(core) {
        this.core = core;
        core.reset(ESTIMATE_MS);
        this.tape = new Ring(Int16Array, HOP_LENGTH, KEPT_HOPS);
        this.rest = new Int16Array(0);
        this.finished = false;
        this.cost = { hops: 0, networkMs: 0, featuresMs: 0 };
    }

    /** Take samples in pieces of any size. @param {Int16Array} samples @returns {Batch[]} */
    take(samples) {
        if (this.finished) return [];
        const joined = new Int16Array(this.rest.length + samples.length);
        joined.set(this.rest);
        joined.set(samples, this.rest.length);
        const whole = joined.length - (joined.length % HOP_LENGTH);
        this.rest = joined.slice(whole);
        const batches = [];
        for (let at = 0; at < whole; at += this.core.capacity)
            batches.push(this.#hear(joined.subarray(at, Math.min(whole, at + this.core.capacity))));
        return batches;
    }

    /** The stream has ended. @returns {Batch} */
    finish() {
        this.finished = true;
        this.core.put(this.rest);
        this.core.c.process(0, this.rest.length);
        this.core.c.describe(0, this.rest.length);
        const events = [this.core.c.finish()].filter((event) => event > 0).map(() => this.#heard(3));
        this.core.c.describe_finish();
        this.#describe(events);
        return this.#batch(new Uint8Array(0), new Int16Array(0), events);
    }

    /** @param {Int16Array} samples whole hops, no more than fit */
    #hear(samples) {
        this.core.put(samples);
        this.tape.push(samples);
        const hops = samples.length / HOP_LENGTH;
        const logMel = new Uint8Array(hops * this.core.nMels);
        const peaks = new Int16Array(hops * 2);
        const events = [];
        const began = performance.now();
        for (let hop = 0; hop < hops; hop++) {
            const event = this.core.c.process(hop * HOP_LENGTH, HOP_LENGTH);
            if (event > 0) events.push(this.#heard(event));
            this.core.logMel().forEach((energy, band) => {
                const shown = (energy - MEL_FLOOR) >> MEL_SHIFT;
                logMel[hop * this.core.nMels + band] = Math.max(0, Math.min(255, shown));
            });
        }
        const between = performance.now();
        let described = 0;
        for (let hop = 0; hop < hops; hop++)
            if (this.core.c.describe(hop * HOP_LENGTH, HOP_LENGTH) > 0)
                this.#describe(events.slice(described, ++described));
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
    #heard(event) {
        return { kind: EVENTS[event], heard: this.core.heard() };
    }

    /** Features belong to the newest event of the describer. @param {StreamEvent[]} events */
    #describe(events) {
        for (const { kind, heard } of events)
            if (kind !== "began") heard.features = this.core.features(SHOWN_FEATURES);
    }

    /** @returns {Batch} */
    #batch(/** @type {Uint8Array} */ logMel, /** @type {Int16Array} */ peaks, events) {
        const { nKnown } = this.core;
        return { logMel, peaks, events, phase: this.core.phase(), nKnown };
    }
}

/**
 * The C core and its network as WebAssembly: web/exports.c with JavaScript's types.
 */
import { EMOTIONS } from "./emotions.js";

export const SAMPLE_RATE = 16000;
export const HOP_LENGTH = 160;

export const EVENTS = /** @type {const} */ (["nothing", "began", "estimate", "ended", "ended"]);
export const PHASES = /** @type {const} */ (["silence", "maybe", "speech"]);

/** State of the adaptation to a speaker, valid for the network of that id. */
/** @typedef {{network: number, words: number[]}} SpeakerAdaptation */

export class Core {
    /** @param {ArrayBuffer} wasm */
    static async load(wasm) {
        const { instance } = await WebAssembly.instantiate(wasm, {});
        /** @type {any} */ (instance.exports)._initialize?.();
        return new Core(instance.exports);
    }

    /** @param {any} exports */
    constructor(exports) {
        this.c = exports;
        this.reset(0);
        /** Samples that fit in the core's buffer; a multiple of HOP_LENGTH. */
        this.capacity = Math.floor(this.c.capacity() / HOP_LENGTH) * HOP_LENGTH;
        this.nMels = this.c.n_mels();
        this.threshold = this.c.threshold();
        this.speechThreshold = this.c.speech_threshold();
        this.network = this.c.network_id() >>> 0;
        this.featureNames = this.#names(this.c.n_features(), this.c.feature_name);
        this.descriptorNames = this.#names(this.c.n_descriptors(), this.c.descriptor_name);
    }

    /** Begin a new stream of a new speaker. @param {number} estimateMs */
    reset(estimateMs) {
        if (this.c.reset(estimateMs) < 0) throw new Error("the network is for another core");
        this.c.features_reset(estimateMs);
    }

    /** Copy samples to the core's buffer. @param {Int16Array} samples */
    put(samples) {
        this.#view(Int16Array, this.c.pcm(), samples.length).set(samples);
    }

    /** The newest frame's log-mel energies, Q9; valid until the next call. */
    logMel() {
        return this.#view(Int16Array, this.c.log_mel(), this.nMels);
    }

    phase() {
        return PHASES[this.c.phase()];
    }

    /** Get the prediction of the last event. @returns {import("./emotions.js").Prediction & {cut: boolean}} */
    prediction() {
        return {
            startS: this.c.start() / SAMPLE_RATE,
            endS: this.c.end() / SAMPLE_RATE,
            cut: Boolean(this.c.cut()),
            ...this.#answer(this.c.probabilities(), this.c.speech()),
        };
    }

    /**
     * Get acoustic features of the utterance of the last event.
     * @param {readonly string[]} names
     * @returns {Record<string, number>}
     */
    features(names) {
        const all = this.#view(Float32Array, this.c.features(), this.featureNames.length);
        return Object.fromEntries(names.map((name) => [name, all[this.featureNames.indexOf(name)]]));
    }

    /**
     * Compute descriptors of each frame of some samples; 0 where they need a voice and there is none.
     * @param {Int16Array} samples
     * @param {readonly string[]} names
     * @returns {Record<string, Float32Array>}
     */
    contours(samples, names) {
        const n = Math.floor(samples.length / HOP_LENGTH);
        const found = Object.fromEntries(names.map((name) => [name, new Float32Array(n)]));
        const places = names.map((name) => this.descriptorNames.indexOf(name));
        const firstOfVoice = this.descriptorNames.indexOf("f0");
        this.c.contours_reset();
        for (let hop = 0; hop < n; hop++) {
            this.put(samples.subarray(hop * HOP_LENGTH, (hop + 1) * HOP_LENGTH));
            if (this.c.contours_process(0, HOP_LENGTH) < 1) continue;
            const values = this.#view(Float32Array, this.c.descriptors(), this.descriptorNames.length);
            const voiced = this.c.voiced();
            names.forEach((name, i) => {
                if (voiced || places[i] < firstOfVoice) found[name][hop] = values[places[i]];
            });
        }
        return found;
    }

    /**
     * Recognize the emotion of some samples, without speaker adaptation.
     * @param {Int16Array} samples
     */
    recognize(samples) {
        this.c.recognize_reset();
        for (let at = 0; at < samples.length; at += this.capacity) {
            const piece = samples.subarray(at, at + this.capacity);
            this.put(piece);
            this.c.recognize(0, piece.length);
        }
        const address = this.c.recognized();
        return address === 0 ? null : this.#answer(address, this.c.recognized_speech());
    }

    /** @param {number} address of the probabilities @param {number} speech */
    #answer(address, speech) {
        const probabilities = this.#view(Float32Array, address, EMOTIONS.length).slice();
        const largest = Math.max(...probabilities);
        const isSpeech = speech >= this.speechThreshold;
        return {
            emotion: isSpeech ? EMOTIONS[probabilities.indexOf(largest)] : null,
            confident: isSpeech && largest >= this.threshold,
            speech,
            probabilities,
        };
    }

    /** @param {boolean} adapts whether the network adapts to the speaker */
    set adapts(adapts) {
        this.c.set_adapts(Number(adapts));
    }

    /** @returns {SpeakerAdaptation} */
    get adaptation() {
        return { network: this.network, words: Array.from(this.#adaptationWords()) };
    }

    /** Number of utterances in the adaptation. */
    get nAdapted() {
        return this.#adaptationWords().at(-1);
    }

    /** Begin a new speaker, or restore an adaptation. @param {SpeakerAdaptation | null} adaptation */
    set adaptation(adaptation) {
        this.c.new_speaker();
        const words = this.#adaptationWords();
        if (adaptation?.network === this.network && adaptation.words.length === words.length)
            words.set(adaptation.words);
    }

    #adaptationWords() {
        return this.#view(Int32Array, this.c.speaker(), this.c.speaker_size() / 4);
    }

    /**
     * @template T
     * @param {new (buffer: ArrayBuffer, address: number, length: number) => T} Type
     * @param {number} address
     * @param {number} length
     */
    #view(Type, address, length) {
        return new Type(this.c.memory.buffer, address, length);
    }

    /** @param {number} n @param {(index: number) => number} name */
    #names(n, name) {
        return Array.from({ length: n }, (_, i) => this.#text(name(i)));
    }

    /** @param {number} address */
    #text(address) {
        const bytes = new Uint8Array(this.c.memory.buffer, address);
        return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
    }
}

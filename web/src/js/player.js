/** Playback of recorded samples. */
import { SAMPLE_RATE } from "./core.js";

export class Player {
    /** @type {AudioContext | null} */ #context = null;
    /** @type {AudioBufferSourceNode | null} */ #source = null;
    #began = 0;
    #fromS = 0;

    /** @param {() => void} onstop called when playback ends or another one begins */
    constructor(onstop) {
        this.onstop = onstop;
    }

    get playing() {
        return this.#source !== null;
    }

    /** Position of the playback, in seconds of the session. */
    get positionS() {
        return this.#fromS + Math.max(0, (this.#context?.currentTime ?? 0) - this.#began);
    }

    /** @param {Int16Array} samples @param {number} fromS where they are in the session */
    play(samples, fromS) {
        this.stop();
        if (samples.length === 0) return;
        const context = (this.#context ??= new AudioContext());
        context.resume();
        const buffer = context.createBuffer(1, samples.length, SAMPLE_RATE);
        buffer.copyToChannel(
            Float32Array.from(samples, (value) => value / 32768),
            0,
        );
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(context.destination);
        source.onended = () => source === this.#source && this.stop();
        this.#source = source;
        this.#fromS = fromS;
        this.#began = context.currentTime;
        source.start();
    }

    stop() {
        if (!this.#source) return;
        const source = this.#source;
        this.#source = null;
        source.stop();
        this.onstop();
    }
}

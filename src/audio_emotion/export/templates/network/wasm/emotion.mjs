// Speech emotion recognition in WebAssembly.
//
//     const listener = await Listener.load(bytes)       // of emotion.wasm
//     for (const { event, emotion, confident } of listener.process(int16Samples))
//         if (event === "ended") show(word({ emotion, confident }))
//
// Samples are 16 kHz mono, in pieces of any size. The emotion is null where nobody speaks. The listener finds the utterances and gets used
// to the speaker's voice; call newSpeaker() when somebody else speaks.

export const EMOTIONS = [@EMOTION_STRINGS@];
export const SAMPLE_RATE = 16000;

const EVENTS = ["nothing", "began", "estimate", "ended", "ended"]; // the last: and was no speech

// What people read: an emotion, "not confident" or "no speech".
export const word = ({ emotion, confident }) =>
    emotion === null ? "no speech" : confident ? emotion : "not confident";

export class Listener {
    // estimateMs: time between running estimates; 0 for none
    static async load(bytes, { estimateMs = 0 } = {}) {
        const { instance } = await WebAssembly.instantiate(bytes, {});
        instance.exports._initialize?.();
        return new Listener(instance.exports, estimateMs);
    }

    constructor(core, estimateMs) {
        this.core = core;
        if (this.core.reset(estimateMs) < 0) throw new Error("the network is for another core");
    }

    newSpeaker() {
        this.core.new_speaker();
    }

    // Without it, the listener adapts.
    set adapts(adapts) {
        this.core.set_adapts(adapts);
    }

    // Yields utterances of these samples as they begin, run and end. To be iterated to its end
    // before the next call.
    *process(samples) {
        const capacity = this.core.capacity();
        for (let start = 0; start < samples.length; start += capacity) {
            const piece = samples.slice(start, start + capacity);
            new Int16Array(this.core.memory.buffer, this.core.pcm(), capacity).set(piece);
            for (let done = 0; done < piece.length; done += this.core.used()) {
                const event = this.core.process(done, piece.length - done);
                if (event > 0) yield this.#utterance(event);
            }
        }
    }

    // The stream has ended, and with it perhaps an utterance; then a new listener is needed.
    *finish() {
        const event = this.core.finish();
        if (event > 0) yield this.#utterance(event);
    }

    #utterance(event) {
        const utterance = { event: EVENTS[event], startS: this.core.start() / SAMPLE_RATE };
        if (utterance.event === "began") return utterance;
        const probabilities = this.#floats(this.core.probabilities(), EMOTIONS.length);
        return {
            ...utterance,
            endS: this.core.end() / SAMPLE_RATE,
            cut: Boolean(this.core.cut()),
            emotion: this.core.is_speech()
                ? EMOTIONS[probabilities.indexOf(Math.max(...probabilities))]
                : null,
            confident: Boolean(this.core.confident()),
            speech: this.core.speech(),
            probabilities,
        };
    }

    // What differs from Python, "" if nothing does, of an emotion.wasm that was compiled with AE_SELF_TEST.
    selfTest() {
        const address = this.core.self_test();
        const bytes = new Uint8Array(this.core.memory.buffer, address);
        return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
    }

    #floats(address, length) {
        return new Float32Array(this.core.memory.buffer, address, length).slice();
    }
}

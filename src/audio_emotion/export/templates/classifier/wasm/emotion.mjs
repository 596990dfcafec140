// Speech emotion recognition in WebAssembly.
//
//     const recognizer = await Recognizer.load(bytes)   // of emotion.wasm
//     recognizer.process(int16Samples)                  // 16 kHz mono, pieces of any size
//     const { emotion, confident, speech, probabilities } = recognizer.finish()
//
// The emotion is null where nobody speaks.

export const EMOTIONS = [@EMOTION_STRINGS@];
export const SAMPLE_RATE = 16000;

// What people read: an emotion, "not confident" or "no speech".
export const word = ({ emotion, confident }) =>
    emotion === null ? "no speech" : confident ? emotion : "not confident";

export class Recognizer {
    static async load(bytes) {
        const { instance } = await WebAssembly.instantiate(bytes, {});
        instance.exports._initialize?.();
        return new Recognizer(instance.exports);
    }

    constructor(core) {
        this.core = core;
        this.core.reset();
    }

    process(samples) {
        const capacity = this.core.capacity();
        const buffer = new Int16Array(this.core.memory.buffer, this.core.pcm(), capacity);
        for (let start = 0; start < samples.length; start += capacity) {
            const piece = samples.subarray(start, start + capacity);
            buffer.set(piece);
            this.core.process(piece.length);
        }
    }

    // The answer for everything since the last one; then a new utterance begins.
    finish() {
        if (this.core.finish() < 0) throw new RangeError("too short: needs 400 samples, 25 ms");
        if (this.core.classify() < 0) throw new Error("the model is for another core");
        const probabilities = this.#floats(this.core.probabilities(), EMOTIONS.length);
        const features = this.#floats(this.core.features(), this.core.n_features());
        const likeliest = EMOTIONS[probabilities.indexOf(Math.max(...probabilities))];
        const answer = {
            emotion: this.core.is_speech() ? likeliest : null,
            confident: Boolean(this.core.confident()),
            speech: this.core.speech(),
            probabilities,
            features,
        };
        this.core.reset();
        return answer;
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

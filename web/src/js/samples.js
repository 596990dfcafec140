/** Conversion of the samples of browsers and files to the core's 16-bit samples. */

/** Quantize and clip. @param {Float32Array | Int16Array} signal @param {number} full its full scale */
export function quantized(signal, full = 1) {
    if (signal instanceof Int16Array) return signal;
    return Int16Array.from(signal, (value) =>
        Math.max(-32768, Math.min(32767, rounded(value * (32768 / full)))),
    );
}

/** Round, halves to even as Python does. @param {number} x */
function rounded(x) {
    const nearest = Math.round(x);
    return nearest - x === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}

// As in src/audio_emotion/data/channels.py, which says why.
const [DEAD, CANCELLED] = [1e-3, 0.5];

/** Channels that are compared, and mixed: the mean of what is neither dead nor cancelled. */
export class Mixer {
    /** @param {number} n of channels */
    constructor(n) {
        this.n = 0;
        this.sums = new Float64Array(n);
        this.products = Array.from({ length: n }, () => new Float64Array(n));
        /** Why not all channels are mixed, or "". */ this.reason = "";
        /** Numbers of the channels that are mixed. */ this.used = [...this.sums.keys()];
    }

    /** Compare more samples. @param {(Float32Array | Int16Array)[]} channels */
    update(channels) {
        this.n += channels[0].length;
        channels.forEach((one, i) => {
            this.sums[i] += one.reduce((sum, value) => sum + value, 0);
            for (let j = 0; j <= i; j++) {
                const other = channels[j];
                let product = 0;
                for (let t = 0; t < one.length; t++) product += one[t] * other[t];
                this.products[i][j] += product;
                if (j < i) this.products[j][i] += product;
            }
        });
    }

    /** Choose the channels to mix, by all that they were compared by. */
    choose() {
        const { n, sums, products } = this;
        /** @param {number} i @param {number} j */
        const covariance = (i, j) => products[i][j] / n - (sums[i] / n) * (sums[j] / n);
        const powers = Array.from(sums, (_, i) => covariance(i, i));
        const loudest = Math.max(...powers);
        const live = [...powers.keys()].filter((i) => powers[i] >= DEAD * loudest);
        const total = (/** @type {(i: number) => number} */ of) => live.reduce((sum, i) => sum + of(i), 0);
        const together = total((i) => total((j) => covariance(i, j)));
        const dead = [...powers.keys()].filter((i) => !live.includes(i)).map((i) => i + 1);
        [this.used, this.reason] = [live, ""];
        if (live.length > 1 && together < CANCELLED * total((i) => powers[i])) {
            this.used = [powers.indexOf(loudest)];
            this.reason = `the channels cancel each other, so channel ${this.used[0] + 1} alone was read`;
        } else if (dead.length) {
            const channels = dead.length === 1 ? "channel" : "channels";
            this.reason = `${channels} ${dead.join(", ")} of ${sums.length} silent and left out of the mix`;
        }
        return this;
    }

    /** Mix the chosen channels. @template {Float32Array | Int16Array} T @param {T[]} channels */
    mix(channels) {
        const used = this.used.map((i) => channels[i]);
        if (used.length === 1) return used[0];
        return Float32Array.from(used[0], (_, i) => used.reduce((sum, one) => sum + one[i], 0) / used.length);
    }
}

/** Mix a whole recording. @param {Float32Array[] | Int16Array[]} channels */
export function mixed(channels) {
    const mixer = new Mixer(channels.length);
    if (channels.length > 1 && channels[0].length) {
        mixer.update(channels);
        mixer.choose();
    }
    return { signal: mixer.mix(channels), warning: mixer.reason };
}

/**
 * Find the samples of a WAV file that has the core's format, mono or stereo, and so needs no decoder;
 * null for any other file, which the browser has to decode. (Chromium decodes 16 bits to floats with
 * another scale above zero than below.)
 * @param {ArrayBuffer} buffer
 * @param {number} rate Hz
 */
export function exactSamples(buffer, rate) {
    const view = new DataView(buffer);
    if (buffer.byteLength < 12 || tag(view, 0) !== "RIFF" || tag(view, 8) !== "WAVE") return null;
    let [exact, channels] = [false, 0];
    for (let at = 12; at + 8 <= buffer.byteLength; ) {
        const [name, length, body] = [tag(view, at), view.getUint32(at + 4, true), at + 8];
        if (name === "fmt " && body + 16 <= buffer.byteLength) {
            channels = view.getUint16(body + 2, true);
            exact =
                view.getUint16(body, true) === 1 && // PCM
                (channels === 1 || channels === 2) &&
                view.getUint32(body + 4, true) === rate &&
                view.getUint16(body + 14, true) === 16; // bits
        }
        if (name === "data") {
            const bytes = Math.min(length, buffer.byteLength - body);
            return exact ? { at: body, length: Math.floor(bytes / 2 / channels), channels } : null;
        }
        at = body + length + (length & 1);
    }
    return null;
}

/**
 * Samples of a WAV file, each channel.
 * @param {ArrayBuffer} buffer
 * @param {{at: number, length: number, channels: number}} where
 */
export function littleEndian(buffer, { at, length, channels }) {
    const view = new DataView(buffer);
    return Array.from({ length: channels }, (_, channel) =>
        Int16Array.from({ length }, (_, i) => view.getInt16(at + 2 * (channels * i + channel), true)),
    );
}

function tag(/** @type {DataView} */ view, /** @type {number} */ at) {
    return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

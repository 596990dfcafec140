/** Conversion of the samples of browsers and files to the core's 16-bit samples. */

/** Quantize and clip; full scale is 1.0. @param {Float32Array} signal */
export function quantized(signal) {
    return Int16Array.from(signal, (value) =>
        Math.max(-32768, Math.min(32767, rounded(value * 32768))),
    );
}

/** Round, halves to even as Python does. @param {number} x */
function rounded(x) {
    const nearest = Math.round(x);
    return nearest - x === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}

// As in src/audio_emotion/data/channels.py, which says why.
const [DEAD, CANCELLED] = [1e-3, 0.5];

/**
 * Mean of the channels; without those that are connected to nothing, and of those that cancel each
 * other the loudest.
 * @param {Float32Array[]} channels
 */
export function mixed(channels) {
    const used = chosen(channels);
    if (used.length === 1) return used[0];
    return used[0].map((_, i) => used.reduce((sum, one) => sum + one[i], 0) / used.length);
}

/** @template {Float32Array | Int16Array} T @param {T[]} channels @returns {T[]} */
function chosen(channels) {
    if (channels.length === 1) return channels;
    const powers = channels.map((channel) => power([channel]));
    const loudest = Math.max(...powers);
    const live = channels.filter((_, i) => powers[i] >= DEAD * loudest);
    const apart = powers.reduce((sum, one) => sum + (one >= DEAD * loudest ? one : 0), 0);
    const cancel = live.length > 1 && power(live) < CANCELLED * apart;
    return cancel ? [channels[powers.indexOf(loudest)]] : live;
}

/** Variance of the sum of channels. @param {(Float32Array | Int16Array)[]} channels */
function power(channels) {
    let [sum, squares] = [0, 0];
    const n = channels[0].length;
    for (let i = 0; i < n; i++) {
        const value = channels.reduce((total, channel) => total + channel[i], 0);
        sum += value;
        squares += value * value;
    }
    return n ? squares / n - (sum / n) ** 2 : 0;
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

/** @param {ArrayBuffer} buffer @param {{at: number, length: number, channels: number}} where */
export function littleEndian(buffer, { at, length, channels }) {
    const view = new DataView(buffer);
    const each = Array.from({ length: channels }, (_, channel) =>
        Int16Array.from({ length }, (_, i) => view.getInt16(at + 2 * (channels * i + channel), true)),
    );
    const used = chosen(each);
    if (used.length === 1) return used[0];
    return used[0].map((left, i) => rounded((left + used[1][i]) / 2));
}

function tag(/** @type {DataView} */ view, /** @type {number} */ at) {
    return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

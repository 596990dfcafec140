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

/** @param {Float32Array[]} channels */
export function mixed(channels) {
    if (channels.length === 1) return channels[0];
    return channels[0].map(
        (_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length,
    );
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
    const sample = (/** @type {number} */ i) => view.getInt16(at + 2 * i, true);
    return Int16Array.from({ length }, (_, i) =>
        channels === 1 ? sample(i) : rounded((sample(2 * i) + sample(2 * i + 1)) / 2),
    );
}

function tag(/** @type {DataView} */ view, /** @type {number} */ at) {
    return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/**
 * Band-limited resampling in pieces, for browsers that give the microphone's samples at its own rate:
 * a polyphase filter, a sinc in a Kaiser window.
 */
const STOP_DB = 80; // attenuation of what would alias
const TRANSITION_HZ = 600; // below half the lower rate

export class Resampler {
    /** @param {number} from Hz @param {number} to Hz; both whole numbers */
    constructor(from, to) {
        const divisor = gcd(from, to);
        this.up = to / divisor;
        this.down = from / divisor;
        const lower = Math.min(from, to);
        const widest = (STOP_DB - 7.95) / (2.285 * 2 * Math.PI * (TRANSITION_HZ / from));
        this.taps = 2 * Math.ceil(widest / 2);
        this.phases = phases(this.up, this.taps, (lower / 2 - TRANSITION_HZ / 2) / from);
        this.history = new Float32Array(this.taps / 2);
        /** Position of the next output, in units of 1/up input samples from the first kept. */
        this.position = 0;
    }

    /** Resample the next samples. @param {Float32Array} samples @returns {Float32Array} */
    process(samples) {
        const all = new Float32Array(this.history.length + samples.length);
        all.set(this.history);
        all.set(samples, this.history.length);
        const found = [];
        for (;;) {
            const first = Math.floor(this.position / this.up);
            if (first + this.taps > all.length) break;
            const phase = this.phases[this.position % this.up];
            let sum = 0;
            for (let i = 0; i < this.taps; i++) sum += phase[i] * all[first + i];
            found.push(sum);
            this.position += this.down;
        }
        const used = Math.min(Math.floor(this.position / this.up), all.length);
        this.history = all.slice(used);
        this.position -= used * this.up;
        return Float32Array.from(found);
    }
}

/** One filter per position between two input samples. */
function phases(/** @type {number} */ up, /** @type {number} */ taps, /** @type {number} */ cutoff) {
    const beta = 0.1102 * (STOP_DB - 8.7);
    return Array.from({ length: up }, (_, phase) => {
        const filter = Float64Array.from({ length: taps }, (__, i) => {
            const x = i - taps / 2 + 1 - phase / up;
            const edge = (2 * x) / taps;
            if (Math.abs(edge) >= 1) return 0;
            const sinc = x === 0 ? 1 : Math.sin(2 * Math.PI * cutoff * x) / (2 * Math.PI * cutoff * x);
            return sinc * bessel(beta * Math.sqrt(1 - edge * edge));
        });
        const sum = filter.reduce((a, b) => a + b);
        return Float32Array.from(filter, (value) => value / sum);
    });
}

/** The modified Bessel function of the first kind, order 0. @param {number} x */
function bessel(x) {
    let [sum, term] = [1, 1];
    for (let k = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
    return sum;
}

/** @returns {number} */
function gcd(/** @type {number} */ a, /** @type {number} */ b) {
    return b === 0 ? a : gcd(b, a % b);
}

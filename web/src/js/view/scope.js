/** Waveform and log-mel spectrogram of a time window, on a canvas. */
import { labelOf } from "../emotions.js";
import { HOPS_PER_S } from "../stream.js";
import { color, colorOf } from "./dom.js";
import { WAVE_TICKS, louder, melTicks } from "./axes.js";

/** Share of the height for the waveform; the spectrogram has the rest. */
const WAVE = 0.34;
/** Log-mel levels, eighths of an octave above MEL_FLOOR of stream.js, from dark to bright. */
const [DARKEST, BRIGHTEST] = [22, 190];

/** @typedef {import("../session.js").Session} Session */

export class Scope {
    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.canvas = canvas;
        this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        this.image = document.createElement("canvas");
        new ResizeObserver(() => this.#fit()).observe(canvas);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
        this.restyle();
    }

    /** Called when the canvas has to be redrawn. */
    onchange = () => {};

    restyle() {
        const stops = [0, 1, 2, 3, 4].map((i) => rgb(color(`heat-${i}`)));
        this.heat = Array.from({ length: 256 }, (_, i) => blend(stops, (i / 255) * 4));
        this.onchange();
    }

    /**
     * @param {Session | null} session
     * @param {{startS: number, endS: number}} window
     * @param {number | null} playheadS
     */
    draw(session, window, playheadS) {
        const { width, height } = this.canvas;
        this.context.clearRect(0, 0, width, height);
        const middle = Math.round(height * WAVE);
        const hopAt = (/** @type {number} */ x) =>
            Math.floor((window.startS + (x / width) * (window.endS - window.startS)) * HOPS_PER_S);
        this.#line(0, Math.round(middle / 2), width, 1, color("line"));
        if (session) {
            this.#drawMel(session, hopAt, middle);
            this.#drawWave(session, hopAt, middle);
            this.#drawScales(session, middle);
        }
        if (playheadS !== null) {
            const x = ((playheadS - window.startS) / (window.endS - window.startS)) * width;
            this.#line(Math.round(x), 0, 2 * devicePixelRatio, height, color("ink"));
        }
    }

    #fit() {
        const { width, height } = this.canvas.getBoundingClientRect();
        this.canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
        this.canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
        this.onchange();
    }

    #line(...[x, y, width, height, fill]) {
        this.context.fillStyle = fill;
        this.context.fillRect(x, y, width, height);
    }

    /** @param {Session} session @param {(x: number) => number} hopAt @param {number} top */
    #drawMel(session, hopAt, top) {
        const { width, height } = this.canvas;
        const { logMel } = session;
        Object.assign(this.image, { width, height: logMel.width });
        const context = /** @type {CanvasRenderingContext2D} */ (this.image.getContext("2d"));
        const pixels = context.createImageData(width, logMel.width);
        const words = new Uint32Array(pixels.data.buffer);
        const scale = 255 / (BRIGHTEST - DARKEST);
        for (let x = 0; x < width; x++) {
            const hop = hopAt(x);
            if (hop < logMel.begin || hop >= logMel.end) continue;
            const at = logMel.place(hop);
            for (let band = 0; band < logMel.width; band++) {
                const level = Math.round((logMel.values[at + band] - DARKEST) * scale);
                const row = logMel.width - 1 - band;
                words[row * width + x] = this.heat[Math.max(0, Math.min(255, level))];
            }
        }
        context.putImageData(pixels, 0, 0);
        this.context.imageSmoothingEnabled = true;
        this.context.drawImage(this.image, 0, top, width, height - top);
    }

    /** @param {Session} session @param {(x: number) => number} hopAt @param {number} height */
    #drawWave(session, hopAt, height) {
        const { peaks } = session;
        for (let x = 0; x < this.canvas.width; x++) {
            const [first, last] = [Math.max(hopAt(x), peaks.begin), Math.min(hopAt(x + 1), peaks.end - 1)];
            let [low, high] = [0, 0];
            for (let hop = first; hop <= last; hop++) {
                low = Math.min(low, peaks.values[peaks.place(hop)]);
                high = Math.max(high, peaks.values[peaks.place(hop) + 1]);
            }
            if (last < first) continue;
            const y = (/** @type {number} */ sample) => (height / 2) * (1 - louder(sample / 32768));
            const color = this.#colorAt(session, hopAt(x) / HOPS_PER_S);
            this.#line(x, y(high), 1, Math.max(devicePixelRatio, y(low) - y(high)), color);
        }
    }

    /** @param {Session} session @param {number} seconds */
    #colorAt(session, seconds) {
        const { current } = session;
        const running = current && current.startS <= seconds ? current : null;
        const prediction = session.utteranceAt(seconds) ?? running;
        return prediction ? colorOf(labelOf(prediction)) : color("wave");
    }

    /** Write what heights mean: dBFS of the waveform, Hz of the spectrogram. @param {Session} session @param {number} top */
    #drawScales({ logMel }, top) {
        const { height } = this.canvas;
        for (const { text, share } of WAVE_TICKS) this.#tick(text, (top / 2) * (1 - share));
        for (const { text, share } of melTicks(logMel.width)) this.#tick(text, height - share * (height - top));
    }

    /** @param {string} text @param {number} y */
    #tick(text, y) {
        const [scale, context] = [devicePixelRatio, this.context];
        context.font = `${11 * scale}px system-ui, sans-serif`;
        context.textBaseline = "middle";
        const width = context.measureText(text).width;
        this.#line(0, y, 4 * scale, scale, color("quiet"));
        context.globalAlpha = 0.8;
        this.#line(5 * scale, y - 6.5 * scale, width + 4 * scale, 13 * scale, color("card"));
        context.globalAlpha = 1;
        context.fillStyle = color("ink");
        context.fillText(text, 7 * scale, y);
    }
}

/** @param {string} color of six digits */
function rgb(color) {
    const value = Number.parseInt(color.trim().slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A color between two stops, as a pixel. @param {number[][]} stops @param {number} at */
function blend(stops, at) {
    const i = Math.min(stops.length - 2, Math.floor(at));
    const [r, g, b] = stops[i].map((value, c) =>
        Math.round(value + (stops[i + 1][c] - value) * (at - i)),
    );
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Ticks of the axes. */
import { clock } from "../emotions.js";
import { make } from "./dom.js";

/** Square root, so that quiet speech is visible. @param {number} x */
export const louder = (x) => Math.sign(x) * Math.sqrt(Math.abs(x));

/** Heights of the waveform. */
export const WAVE_TICKS = [-6, -20].map((db) => ({
    text: `${String(db).replace("-", "−")}${db === -6 ? " dBFS" : ""}`,
    share: louder(10 ** (db / 20)),
}));

/* The bands of core/mel.h: triangles of equal distance on Slaney's mel scale. */
const [LOWEST_HZ, HIGHEST_HZ] = [60, 7600];
const SHOWN_HZ = [250, 500, 1000, 2000, 4000];

/** @param {number} hz */
const mel = (hz) => (hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4));

/** Heights of the spectrogram, from its lower edge. @param {number} nMels */
export function melTicks(nMels) {
    const band = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (nMels + 1);
    return SHOWN_HZ.map((hz) => ({
        text: `${hz < 1000 ? hz : `${hz / 1000}k`}${hz === 4000 ? " Hz" : ""}`,
        share: ((mel(hz) - mel(LOWEST_HZ)) / band - 0.5) / nMels,
    }));
}

/** Distances of ticks, seconds. */
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
const MOST_TICKS = 7;

/** The axis of time, below what it measures. */
export class TimeAxis {
    /** @param {HTMLElement} box */
    constructor(box) {
        this.box = box;
    }

    /** @param {import("./zoom.js").Span} span */
    draw({ startS, endS }) {
        const key = `${startS} ${endS}`;
        if (this.drawn === key) return;
        this.drawn = key;
        const length = endS - startS;
        const step = STEPS_S.find((one) => length / one <= MOST_TICKS) ?? length;
        const n = Math.floor(endS / step + 1e-6) - Math.ceil(startS / step - 1e-6) + 1;
        const ticks = Array.from({ length: n }, (_, i) => (Math.ceil(startS / step - 1e-6) + i) * step);
        this.box.replaceChildren(
            ...ticks.map((seconds) => {
                const tick = make("span", { text: clock(seconds) });
                tick.style.left = `${(100 * (seconds - startS)) / length}%`;
                return tick;
            }),
        );
    }
}

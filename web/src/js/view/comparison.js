/** Two utterances side by side: spectrograms, and contours laid over each other. */
import { capitalized, chanceOf, clock, labelOf, percent } from "../emotions.js";
import { Ring } from "../ring.js";
import { HOPS_PER_S } from "../stream.js";
import { byId, color, face, make } from "./dom.js";
import { Scope } from "./scope.js";

/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../emotions.js").Utterance} Utterance */
/** @typedef {{utterance: Utterance, title: string, sound: any, contours: Record<string, Float32Array>}} Excerpt */

const PLOTS = {
    "Pitch (f0)": { names: ["f0"], mean: "f0_mean", unit: "Hz", low: 50, high: 500 },
    Intensity: { names: ["rms_db"], mean: "rms_db_mean", unit: "dBFS", low: -70, high: 0 },
    "Formants (F1, F2, F3)": { names: ["f1", "f2", "f3"], unit: "Hz", low: 0, high: 4000 },
};
const COLORS = ["accent", "alert"];

/** Keep what a comparison needs of an utterance. @param {Session} session @param {Utterance} utterance */
export function excerpt(session, utterance, /** @type {Record<string, Float32Array>} */ contours) {
    const [from, to] = [utterance.startS, utterance.endS].map((seconds) => Math.round(seconds * HOPS_PER_S));
    const part = (/** @type {Ring} */ ring) => {
        const copy = new Ring(ring.Type, ring.width, to - from);
        copy.push(ring.slice(from, to));
        return copy;
    };
    const sound = {
        logMel: part(session.logMel),
        peaks: part(session.peaks),
        current: null,
        utteranceAt: () => utterance,
    };
    return { utterance, title: session.title, sound, contours };
}

export class Comparison {
    constructor() {
        /** @type {Excerpt[]} */ this.excerpts = [];
        this.scopes = [0, 1].map((i) => {
            const scope = new Scope(byId(`compared-${i}`));
            scope.onchange = () => this.draw();
            return scope;
        });
        this.plots = Object.entries(PLOTS).map(([title, plot]) => new Plot(title, plot));
        byId("contours").append(...this.plots.map(({ figure }) => figure));
        byId("end-comparison").addEventListener("click", () => {
            this.excerpts = [];
            this.draw();
        });
    }

    /** Take an utterance as the newer of two. @param {Excerpt} one */
    add(one) {
        this.excerpts = [...this.excerpts.slice(-1), one];
        this.draw();
        byId("comparison").scrollIntoView({ block: "nearest" });
    }

    draw() {
        const { excerpts } = this;
        byId("comparison").hidden = excerpts.length === 0;
        byId("compare-hint").hidden = excerpts.length > 1;
        byId("contours").hidden = excerpts.length < 2;
        const endS = Math.max(0.1, ...excerpts.map(({ sound }) => sound.logMel.end / HOPS_PER_S));
        this.scopes.forEach((scope, i) => {
            const one = excerpts[i];
            scope.draw(one?.sound ?? null, { startS: 0, endS }, null);
            byId(`compared-${i}`).parentElement.hidden = !one;
            if (one) byId(`about-${i}`).replaceChildren(...about(one, "AB"[i]));
        });
        if (excerpts.length === 2) for (const plot of this.plots) plot.draw(excerpts, endS);
    }
}

/** @param {Excerpt} excerpt @param {string} letter */
function about({ utterance, title }, letter) {
    const label = labelOf(utterance);
    const words = `${letter}: ${capitalized(label)}, ${percent(chanceOf(utterance))}`;
    const where = `${title}, ${clock(utterance.startS)} to ${clock(utterance.endS)}`;
    return [face(label), make("b", { text: words }), make("span", { class: "quiet", text: where })];
}

/** Contours of both utterances. */
class Plot {
    /** @param {string} title @param {{names: string[], mean?: string, unit: string, low: number, high: number}} plot */
    constructor(title, plot) {
        Object.assign(this, { title, ...plot });
        this.canvas = make("canvas", { role: "img" });
        this.means = make("span", { class: "quiet" });
        const caption = make("figcaption", {}, make("b", { text: `${title}, ${plot.unit}` }), this.means);
        this.figure = make("figure", {}, caption, this.canvas);
    }

    /** @param {Excerpt[]} excerpts @param {number} endS */
    draw(excerpts, endS) {
        const { width, height } = this.canvas.getBoundingClientRect();
        const scale = devicePixelRatio;
        Object.assign(this.canvas, { width: width * scale, height: height * scale });
        const context = this.canvas.getContext("2d");
        context.scale(scale, scale);
        context.font = "11px system-ui, sans-serif";
        context.fillStyle = color("quiet");
        context.fillText(String(this.high).replace("-", "−"), 2, 11);
        context.fillText(String(this.low).replace("-", "−"), 2, height - 3);
        excerpts.forEach(({ contours }, i) => {
            context.strokeStyle = color(COLORS[i]);
            context.lineWidth = 1.75;
            context.setLineDash(i ? [4, 3] : []);
            for (const name of this.names) this.#trace(context, contours[name], endS, width, height);
        });
        const means = excerpts.map((one, i) => `${"AB"[i]} ${this.#means(one)}`).join(", ");
        this.means.textContent = `mean: ${means}`;
        this.canvas.setAttribute("aria-label", `${this.title} over time, ${this.unit}; ${means}`);
    }

    /** One contour, with gaps where there is no voice. */
    #trace(...[context, values, endS, width, height]) {
        context.beginPath();
        let pen = false;
        for (let hop = 0; hop < values.length; hop++) {
            const share = (values[hop] - this.low) / (this.high - this.low);
            if (values[hop] === 0 || share < 0 || share > 1) {
                pen = false;
                continue;
            }
            const [x, y] = [(hop / HOPS_PER_S / endS) * width, height * (1 - share)];
            if (pen) context.lineTo(x, y);
            else context.moveTo(x, y);
            pen = true;
        }
        context.stroke();
    }

    /** The utterance's own feature, where there is one. @param {Excerpt} excerpt */
    #means({ utterance, contours }) {
        if (this.mean) return utterance.features[this.mean].toFixed(0).replace("-", "−");
        const mean = (/** @type {string} */ name) => {
            const values = contours[name].filter((value) => value !== 0);
            return values.length ? (values.reduce((sum, x) => sum + x, 0) / values.length).toFixed(0) : "–";
        };
        return this.names.map(mean).join(" / ");
    }
}

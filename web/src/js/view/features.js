/** Acoustic features of an utterance beside their distributions in the corpora. */
import { EMOTIONS, capitalized } from "../emotions.js";
import { byId, face, make } from "./dom.js";

const SHOWN = {
    f0_mean: { title: "Pitch", unit: "Hz", format: (/** @type {number} */ x) => x.toFixed(0) },
    rms_db_mean: { title: "Intensity", unit: "dBFS", format: (/** @type {number} */ x) => x.toFixed(0) },
    jitter_local: { title: "Jitter", unit: "%", format: (/** @type {number} */ x) => (100 * x).toFixed(1) },
    shimmer_local: { title: "Shimmer", unit: "%", format: (/** @type {number} */ x) => (100 * x).toFixed(1) },
};

export class FeaturesCard {
    /** @param {any} distributions features.json */
    constructor(distributions) {
        this.charts = Object.entries(SHOWN).map(([name, how]) =>
            new Chart(how, distributions[name], byId("charts")),
        );
        this.names = Object.keys(SHOWN);
    }

    /** @param {Record<string, number> | undefined} features @param {string | null} emotion */
    show(features, emotion) {
        this.charts.forEach((chart, i) => chart.show(features?.[this.names[i]] ?? null, emotion));
    }
}

class Chart {
    /** @param {any} how @param {Record<string, number[]>} distribution @param {HTMLElement} parent */
    constructor({ title, unit, format }, distribution, parent) {
        Object.assign(this, { unit, format });
        const values = Object.values(distribution).flat();
        this.low = Math.min(...values);
        this.high = Math.max(...values);
        this.value = make("output", { text: "–" });
        this.mark = make("i", { class: "mark", hidden: "" });
        this.rows = EMOTIONS.map((emotion) => this.#row(emotion, distribution[emotion]));
        parent.append(
            make(
                "figure",
                { class: "chart" },
                make("figcaption", {}, make("span", { text: title }), this.value),
                make("div", { class: "plot" }, make("ul", {}, ...this.rows), this.mark),
                make(
                    "div",
                    { class: "axis", "aria-hidden": "true" },
                    make("span", { text: minus(format(this.low)) }),
                    make("span", { text: `${minus(format(this.high))} ${unit}` }),
                ),
            ),
        );
    }

    /** @param {number | null} value 0 if no voiced frame was found @param {string | null} emotion */
    show(value, emotion) {
        const beyond = !value ? "" : value < this.low ? "◂ below the scale: " : value > this.high ? "above the scale ▸ " : "";
        this.value.textContent = value ? `${beyond}${minus(this.format(value))} ${this.unit}` : "–";
        this.mark.hidden = !value;
        this.mark.classList.toggle("beyond", beyond !== "");
        if (value) this.mark.style.setProperty("--at", String(this.#at(value)));
        this.rows.forEach((row, i) => row.classList.toggle("likeliest", EMOTIONS[i] === emotion));
    }

    /** @param {string} emotion @param {number[]} quantiles */
    #row(emotion, [least, lower, median, upper, most]) {
        const words =
            `${capitalized(emotion)}: half of the recordings from ${this.format(lower)} to ` +
            `${this.format(upper)} ${this.unit}`;
        const part = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) => {
            const element = make("i", { class: name });
            element.style.setProperty("--from", String(this.#at(from)));
            element.style.setProperty("--to", String(this.#at(to)));
            return element;
        };
        return make(
            "li",
            { title: words },
            face(emotion),
            make("span", { class: "name", "aria-hidden": "true", text: capitalized(emotion) }),
            make("span", { class: "visually-hidden", text: words }),
            make(
                "span",
                { class: "range", "aria-hidden": "true" },
                part("whole", least, most),
                part("half", lower, upper),
                part("median", median, median),
            ),
        );
    }

    /** @param {number} value */
    #at(value) {
        return Math.max(0, Math.min(1, (value - this.low) / (this.high - this.low)));
    }
}

/** @param {string} number */
const minus = (number) => number.replace("-", "−");

/** Prediction: label, confidence, and a bar for each emotion. */
import { EMOTIONS, capitalized, labelOf, percent, ranked } from "../emotions.js";
import { byId, face, make } from "./dom.js";

/** Probability above which the second emotion is not shown. */
const CLEAR = 0.9;

export class PredictionCard {
    constructor() {
        this.rows = EMOTIONS.map((emotion) => {
            const bar = make("i", { class: "fill" });
            const value = make("span", { class: "value", text: "–" });
            const row = make(
                "li",
                {},
                face(emotion),
                make("span", { class: "name", text: capitalized(emotion) }),
                make("span", { class: "bar" }, bar),
                value,
            );
            return { row, bar, value };
        });
        byId("bars").append(...this.rows.map(({ row }) => row));
    }

    /**
     * @param {import("../emotions.js").Prediction | null} prediction
     * @param {string} state of the session, in words
     */
    show(prediction, state) {
        byId("state").textContent = state;
        const name = prediction ? labelOf(prediction) : "";
        const box = byId("prediction");
        if (box.dataset.label !== name) {
            box.dataset.label = name;
            byId("face").replaceChildren(...(prediction ? [face(name)] : []));
            byId("label").textContent = prediction ? capitalized(name) : "No speech yet";
        }
        byId("confidence").textContent = prediction ? confidence(prediction) : "";
        const likeliest = prediction ? prediction.emotion : null;
        this.rows.forEach(({ row, bar, value }, i) => {
            const probability = prediction ? prediction.probabilities[i] : 0;
            bar.style.setProperty("--share", String(probability));
            value.textContent = prediction ? percent(probability) : "–";
            row.classList.toggle("likeliest", EMOTIONS[i] === likeliest);
        });
    }
}

/** @param {import("../emotions.js").Prediction} prediction */
export function confidence(prediction) {
    const [first, second] = ranked(prediction.probabilities);
    if (!prediction.confident) return `perhaps ${first.emotion} or ${second.emotion}`;
    const others = first.probability < CLEAR ? `, or else ${second.emotion}` : "";
    return percent(first.probability) + others;
}

/** A sentence for screen readers. @param {import("../emotions.js").Prediction} prediction */
export function spoken(prediction) {
    const chance = percent(Math.max(...prediction.probabilities));
    const detail = prediction.confident ? `, ${chance}` : `: ${confidence(prediction)}`;
    return capitalized(labelOf(prediction)) + detail;
}

/** What it hears at the moment: the label, how sure it is, and seven bars. */
import { EMOTIONS, NOT_SURE, capitalized, percent, ranked, said } from "../emotions.js";
import { byId, face, make } from "./dom.js";

/** From here on nobody asks what else it may have been. */
const CLEAR = 0.9;

export class Verdict {
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
     * @param {import("../emotions.js").Heard | null} heard
     * @param {string} state what it is about, in words
     */
    show(heard, state) {
        byId("state").textContent = state;
        const name = heard ? said(heard) : "";
        const box = byId("verdict");
        if (box.dataset.said !== name) {
            box.dataset.said = name;
            byId("face").replaceChildren(...(heard ? [face(name)] : []));
            byId("label").textContent = heard ? capitalized(name) : "Nothing heard yet";
        }
        byId("confidence").textContent = heard ? confidence(heard) : "";
        const likeliest = heard ? heard.emotion : null;
        this.rows.forEach(({ row, bar, value }, i) => {
            const probability = heard ? heard.probabilities[i] : 0;
            bar.style.setProperty("--share", String(probability));
            value.textContent = heard ? percent(probability) : "–";
            row.classList.toggle("likeliest", EMOTIONS[i] === likeliest);
        });
    }
}

/** @param {import("../emotions.js").Heard} heard */
export function confidence(heard) {
    const [first, second] = ranked(heard.probabilities);
    if (!heard.sure) return `perhaps ${first.emotion} or ${second.emotion}`;
    const others = first.probability < CLEAR ? `, or else ${second.emotion}` : "";
    return percent(first.probability) + others;
}

/** A sentence for those who do not see. @param {import("../emotions.js").Heard} heard */
export function spoken(heard) {
    const label = said(heard);
    const chance = percent(Math.max(...heard.probabilities));
    return label === NOT_SURE ? `Not sure: ${confidence(heard)}` : `${capitalized(label)}, ${chance}`;
}

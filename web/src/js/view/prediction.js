/** Prediction: label, confidence, and a bar for speech and for each emotion. */
import { EMOTIONS, NO_SPEECH, NOT_CONFIDENT, capitalized, chanceOf, clock, labelOf, percent, ranked } from "../emotions.js";
import { secondsByLabel } from "../shown.js";
import { byId, face, icon, make } from "./dom.js";

/** Probability above which the second emotion is not shown. */
const CLEAR = 0.9;

export class PredictionCard {
    constructor() {
        this.speech = new Bar(make("span", { class: "face" }, icon("microphone")), "speech");
        this.rows = EMOTIONS.map((emotion) => new Bar(face(emotion), emotion));
        byId("speech").append(this.speech.row);
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
            byId("label").textContent = prediction ? capitalized(name) : "No utterance yet";
        }
        byId("confidence").textContent = prediction ? confidence(prediction) : "";
        this.speech.show(prediction?.speech ?? null);
        const probabilities = prediction?.emotion ? prediction.probabilities : null;
        this.#showBars((emotion, i) => probabilities?.[i] ?? null, prediction?.emotion ?? null);
    }

    /** Show how long each label was heard in a long recording. @param {import("../session.js").Session} session */
    summarize({ utterances, totalS }) {
        const seconds = secondsByLabel(utterances);
        const spoken = [...seconds.values()].reduce((sum, one) => sum + one, 0);
        const share = (/** @type {string} */ label) => (spoken ? (seconds.get(label) ?? 0) / spoken : null);
        const n = utterances.filter(({ emotion }) => emotion !== null).length;
        byId("state").textContent = "the whole recording";
        byId("prediction").dataset.label = n ? "summary" : NO_SPEECH;
        byId("face").replaceChildren(...(n ? [] : [face(NO_SPEECH)]));
        byId("label").textContent = n ? `${n} utterance${n === 1 ? "" : "s"}` : capitalized(NO_SPEECH);
        byId("confidence").textContent = n
            ? `${clock(spoken)} of speech in ${clock(totalS)}; of it, not confident ${percent(share(NOT_CONFIDENT) ?? 0)}, and:`
            : `in ${clock(totalS)}`;
        this.speech.show(spoken / totalS);
        this.#showBars(share, null);
    }

    /** @param {(emotion: string, i: number) => number | null} value @param {string | null} likeliest */
    #showBars(value, likeliest) {
        this.rows.forEach((bar, i) => {
            bar.show(value(EMOTIONS[i], i));
            bar.row.classList.toggle("likeliest", EMOTIONS[i] === likeliest);
        });
    }
}

/** Symbol, name, bar and value of a probability. */
class Bar {
    /** @param {HTMLElement} symbol @param {string} name */
    constructor(symbol, name) {
        this.fill = make("i", { class: "fill" });
        this.value = make("span", { class: "value", text: "–" });
        this.row = make(
            "li",
            {},
            symbol,
            make("span", { class: "name", text: capitalized(name) }),
            make("span", { class: "bar" }, this.fill),
            this.value,
        );
    }

    /** @param {number | null} probability */
    show(probability) {
        this.fill.style.setProperty("--share", String(probability ?? 0));
        this.value.textContent = probability === null ? "–" : percent(probability);
    }
}

/** @param {import("../emotions.js").Prediction} prediction */
export function confidence(prediction) {
    const [first, second] = ranked(prediction.probabilities);
    if (prediction.emotion === null) return percent(chanceOf(prediction));
    if (!prediction.confident) return `perhaps ${first.emotion} or ${second.emotion}`;
    const others = first.probability < CLEAR ? `, then ${second.emotion} ${percent(second.probability)}` : "";
    return percent(first.probability) + others;
}

/** A sentence for screen readers. @param {import("../emotions.js").Prediction} prediction */
export function spoken(prediction) {
    const unsure = prediction.emotion !== null && !prediction.confident;
    const detail = unsure ? `: ${confidence(prediction)}` : `, ${percent(chanceOf(prediction))}`;
    return capitalized(labelOf(prediction)) + detail;
}

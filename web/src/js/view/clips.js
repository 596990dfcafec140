/** The sample recordings: what each is, what was heard, and the score of all. */
import { NOT_CONFIDENT, capitalized, labelOf } from "../emotions.js";
import { byId, face, icon, make } from "./dom.js";

/** @typedef {import("../emotions.js").Prediction} Prediction */
/**
 * @typedef {object} Clip
 * @property {string} file
 * @property {string} what is known of it, for example "acted anger"
 * @property {string[]} right labels that would be right
 * @property {string | null} speaker
 */

/** @param {Clip} clip */
export const title = ({ what, speaker }) => (speaker ? `${what} (${speaker})` : what);

const MARKS = { right: "✓", wrong: "✗", unsure: "?" };

/** @param {Clip} clip @param {Prediction} prediction @returns {keyof MARKS} */
function verdict({ right }, prediction) {
    const label = labelOf(prediction);
    return right.includes(label) ? "right" : label === NOT_CONFIDENT ? "unsure" : "wrong";
}

/** What it is and what was heard, in words. @param {Clip} clip @param {Prediction} prediction */
export const truthOf = (clip, prediction) =>
    `${clip.what} · heard ${labelOf(prediction)} ${MARKS[verdict(clip, prediction)]}`;

export class Clips {
    /** @param {Clip[]} clips @param {(clip: Clip) => void} onpick @param {() => void} onall */
    constructor(clips, onpick, onall) {
        this.clips = clips;
        /** @type {Map<Clip, Prediction>} */ this.heard = new Map();
        this.rows = new Map(clips.map((clip) => [clip, this.#row(clip, onpick)]));
        byId("clips").append(...[...this.rows.values()].map(({ button }) => make("li", {}, button)));
        byId("try-all").addEventListener("click", onall);
        byId("try-all").disabled = false;
    }

    /** @param {Clip | null} clip that is open */
    mark(clip) {
        for (const [one, { button }] of this.rows)
            button.setAttribute("aria-pressed", String(one === clip));
    }

    /** @param {Clip} clip @param {Prediction} prediction */
    show(clip, prediction) {
        this.heard.set(clip, prediction);
        const { heard } = this.rows.get(clip);
        const found = verdict(clip, prediction);
        heard.className = `heard ${found}`;
        heard.textContent = `heard ${labelOf(prediction)} ${MARKS[found]}`;
        byId("score").textContent = this.#score();
    }

    #score() {
        const found = [...this.heard].map(([clip, prediction]) => verdict(clip, prediction));
        const count = (/** @type {string} */ one) => found.filter((other) => other === one).length;
        const of = found.length < this.clips.length ? `${found.length} heard so far` : `all ${found.length}`;
        return `${count("right")} right, ${count("wrong")} wrong, ${count("unsure")} not confident, of ${of}`;
    }

    /** @param {Clip} clip @param {(clip: Clip) => void} onpick */
    #row(clip, onpick) {
        const heard = make("span", { class: "heard", text: "not heard yet" });
        const symbol = clip.speaker ? face(clip.right[0]) : icon("play");
        const words = make("span", { class: "words" }, make("b", { text: capitalized(clip.what) }), heard);
        const button = make(
            "button",
            { type: "button", "aria-pressed": "false", title: title(clip), click: () => onpick(clip) },
            symbol,
            words,
        );
        return { button, heard };
    }
}

/** Adaptation of the network to the speaker at the microphone, and the lesson that begins it. */
import { capitalized, labelOf } from "../emotions.js";
import { byId, make } from "./dom.js";

/** How the sentences of a lesson are to be said: as always, then acted. */
const LESSON = /** @type {const} */ ([
    ...Array(5).fill("neutral"),
    "anger",
    "happiness",
    "sadness",
]);
const ORDINARY = LESSON.filter((emotion) => emotion === "neutral").length;

export class AdaptationCard {
    /** @param {{adapt: (on: boolean) => void, calibrate: () => void, forget: () => void}} on */
    constructor(on) {
        this.status = byId("adapted");
        this.progress = byId("calibration");
        this.progress.max = LESSON.length;
        this.nAdapted = 0;
        /** Labels heard in the lesson; null while there is none. @type {string[] | null} */ this.heard = null;
        byId("adapts").addEventListener("change", () => on.adapt(this.adapts));
        byId("calibrate").addEventListener("click", () => {
            this.adapts = true;
            this.heard = [];
            byId("lessons").replaceChildren();
            this.show(0);
            on.calibrate();
        });
        byId("forget").addEventListener("click", () => {
            this.heard = null;
            byId("lessons").replaceChildren();
            on.forget();
            this.show(0);
        });
    }

    get adapts() {
        return byId("adapts").checked;
    }

    set adapts(adapts) {
        byId("adapts").checked = adapts;
    }

    /** End a lesson, as the microphone is off. */
    stop() {
        this.heard = null;
        this.show(this.nAdapted);
    }

    /** @param {number} n utterances in the adaptation */
    show(n) {
        this.nAdapted = n;
        this.progress.hidden = this.heard === null;
        this.progress.value = this.heard?.length ?? 0;
        for (const id of ["forget", "save-voice"]) byId(id).disabled = n === 0;
        const words = `Adapted to ${n === 1 ? "one utterance" : `${n} utterances`} of yours.`;
        const text = this.heard ? this.#prompt(this.heard.length) : n === 0 ? "Not adapted to your voice yet." : words;
        if (this.status.textContent !== text) this.status.textContent = text;
    }

    /** Take an utterance of the lesson, if there is one. @param {import("../emotions.js").Utterance} utterance */
    take(utterance) {
        if (!this.heard || utterance.emotion === null) return;
        const asked = LESSON[this.heard.length];
        this.heard.push(labelOf(utterance));
        if (asked !== "neutral")
            byId("lessons").append(make("li", { text: `acted ${asked} · heard ${labelOf(utterance)}` }));
        if (this.heard.length === LESSON.length) this.stop();
        else this.show(this.nAdapted);
    }

    /** @param {number} n sentences said so far */
    #prompt(n) {
        const left = ORDINARY - n;
        if (left > 0) return `Say ${left} ordinary sentence${left === 1 ? "" : "s"}, with a short pause after each.`;
        return `${capitalized(LESSON[n])}: say a sentence as an actor would.`;
    }
}

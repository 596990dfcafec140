/** What a board hears: effects on the open recording, and how they change what is heard. */
import { chanceOf, labelOf, percent } from "../emotions.js";
import { byId } from "./dom.js";

/** @typedef {import("../session.js").Session} Session */

export class EffectsCard {
    /** @param {() => void} onchange */
    constructor(onchange) {
        this.boxes = [...byId("effects").querySelectorAll("input")];
        byId("effects").addEventListener("change", onchange);
        this.begin();
    }

    /** Names of the effects that are on. @returns {import("../effects.js").Effect[]} */
    get chosen() {
        return this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
    }

    /** Another recording, or none, without effects. */
    begin() {
        this.boxes.forEach((box) => (box.checked = false));
        byId("effects").disabled = true;
        this.plain = "";
        byId("altered").textContent = "";
    }

    /** Show what is heard of a recording that is processed. @param {Session} session */
    show(session) {
        const heard = words(session);
        if (this.chosen.length === 0) this.plain = heard;
        byId("effects").disabled = false;
        byId("altered").textContent = this.chosen.length
            ? `As recorded: ${this.plain}. As the board hears it: ${heard}.`
            : "";
    }
}

/** @param {Session} session */
function words({ result, utterances }) {
    if (result) return `${labelOf(result)}, ${percent(chanceOf(result))}`;
    const unsure = utterances.filter(({ emotion, confident }) => emotion !== null && !confident).length;
    return `${utterances.length} utterances, ${unsure} of them not confident`;
}

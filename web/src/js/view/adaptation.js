/** How well the network knows the voice at the microphone. */
import { byId } from "./dom.js";

/** Utterances after which half of what is usual for the voice is known. */
const ENOUGH = 4;

export class Acquaintance {
    /** @param {{adapt: (on: boolean) => void, calibrate: () => void, forget: () => void}} on */
    constructor(on) {
        this.known = byId("known");
        this.progress = byId("calibration");
        this.forgetButton = byId("forget");
        this.calibrating = false;
        this.nKnown = 0;
        byId("adapts").addEventListener("change", () => on.adapt(this.adapts));
        byId("calibrate").addEventListener("click", () => {
            this.adapts = true;
            this.#begin();
            on.calibrate();
        });
        this.forgetButton.addEventListener("click", () => {
            this.calibrating = false;
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

    /** The microphone is off, or did not open. */
    stop() {
        this.calibrating = false;
        this.show(this.nKnown);
    }

    /** @param {number} n utterances that it knows */
    show(n) {
        this.nKnown = n;
        const done = this.calibrating && n >= ENOUGH;
        if (done) this.calibrating = false;
        this.progress.hidden = !this.calibrating;
        this.progress.value = n;
        this.forgetButton.disabled = n === 0;
        const words = `It knows ${n === 1 ? "one utterance" : `${n} utterances`} of yours.`;
        if (done) this.#say(`Calibrated. ${words}`);
        else if (!this.calibrating) this.#say(n === 0 ? "It does not know your voice yet." : words);
    }

    #begin() {
        this.calibrating = true;
        this.show(0);
        this.#say(`Say ${ENOUGH} ordinary sentences, with a short pause after each.`);
    }

    /** @param {string} text */
    #say(text) {
        if (this.known.textContent !== text) this.known.textContent = text;
    }
}

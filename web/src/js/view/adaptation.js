/** Adaptation of the network to the speaker at the microphone. */
import { byId } from "./dom.js";

/** Utterances for a calibration; the speaker's mean then has half its weight. */
const CALIBRATED = 4;

export class AdaptationCard {
    /** @param {{adapt: (on: boolean) => void, calibrate: () => void, forget: () => void}} on */
    constructor(on) {
        this.status = byId("adapted");
        this.progress = byId("calibration");
        this.forgetButton = byId("forget");
        this.calibrating = false;
        this.nAdapted = 0;
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

    /** End a calibration, as the microphone is off. */
    stop() {
        this.calibrating = false;
        this.show(this.nAdapted);
    }

    /** @param {number} n utterances in the adaptation */
    show(n) {
        this.nAdapted = n;
        const done = this.calibrating && n >= CALIBRATED;
        if (done) this.calibrating = false;
        this.progress.hidden = !this.calibrating;
        this.progress.value = n;
        this.forgetButton.disabled = n === 0;
        const words = `Adapted to ${n === 1 ? "one utterance" : `${n} utterances`} of yours.`;
        if (done) this.#setStatus(`Calibrated. ${words}`);
        else if (!this.calibrating) this.#setStatus(n === 0 ? "Not adapted to your voice yet." : words);
    }

    #begin() {
        this.calibrating = true;
        this.show(0);
        this.#setStatus(`Say ${CALIBRATED} ordinary sentences, with a short pause after each.`);
    }

    /** @param {string} text */
    #setStatus(text) {
        if (this.status.textContent !== text) this.status.textContent = text;
    }
}

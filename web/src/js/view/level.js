/** Level meter of the microphone: -60 dB to full scale. */
import { byId } from "./dom.js";

const LOWEST_DB = -60;
const FALL_DB = 1.5; // per update

export class Level {
    constructor() {
        this.meter = byId("level");
        this.fill = this.meter.firstElementChild;
        this.db = LOWEST_DB;
    }

    /** @param {Int16Array} peaks smallest and largest sample of some hops */
    show(peaks) {
        const largest = peaks.reduce((most, peak) => Math.max(most, Math.abs(peak)), 1);
        this.#set(Math.max(20 * Math.log10(largest / 32768), this.db - FALL_DB));
    }

    clear() {
        this.#set(LOWEST_DB);
    }

    /** @param {number} db */
    #set(db) {
        this.db = Math.max(LOWEST_DB, Math.min(0, db));
        this.meter.setAttribute("aria-valuenow", this.db.toFixed(0));
        this.fill.style.setProperty("--share", String(1 - this.db / LOWEST_DB));
        this.meter.classList.toggle("loud", this.db > -1);
    }
}

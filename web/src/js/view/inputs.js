/** The inputs: choice of microphones, their level, files dropped on the page. */
import { microphones } from "../microphone.js";
import { byId } from "./dom.js";

/** Level meter of the microphone: -60 dB to full scale. */
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

/** @param {string | undefined} open id of the microphone that is open */
export async function offerMicrophones(open) {
    const select = byId("device");
    const chosen = open || select.value;
    const options = (await microphones()).map(({ label, deviceId }) => new Option(label, deviceId));
    select.replaceChildren(...(options.length ? options : [new Option("Default microphone", "")]));
    if (options.some(({ value }) => value === chosen)) select.value = chosen;
}

/** @param {(file: File | undefined) => void} ondrop */
export function acceptDrops(ondrop) {
    for (const name of ["dragover", "dragleave", "drop"])
        document.addEventListener(name, (event) => {
            event.preventDefault();
            byId("drop").hidden = name !== "dragover";
        });
    document.addEventListener("drop", (event) => ondrop(event.dataTransfer?.files[0]));
}

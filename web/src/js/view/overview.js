/** A long session at a glance: shares of the labels over time, and the part that is seen below. */
import { clock } from "../emotions.js";
import { sharesOverTime } from "../shown.js";
import { byId, colorOf } from "./dom.js";

/** Width of a bar, CSS pixels. */
const BAR = 6;

/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("./zoom.js").Zoom} Zoom */

export class Overview {
    /** @param {Zoom} zoom */
    constructor(zoom) {
        this.zoom = zoom;
        this.box = byId("overview");
        this.canvas = byId("shares");
        this.brush = byId("brush");
        this.box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
            if (!event.ctrlKey && !event.metaKey && zoom.press(event.key)) event.preventDefault();
        });
        for (const name of ["pointerdown", "pointermove"])
            this.box.addEventListener(name, (/** @type {PointerEvent} */ event) => {
                if (event.buttons & 1) this.#center(event);
            });
        for (const [id, key] of [["zoom-in", "+"], ["zoom-out", "-"], ["zoom-all", "0"]])
            byId(id).addEventListener("click", () => zoom.press(key));
    }

    /** @param {Session | null} session */
    draw(session) {
        const [whole, seen] = [this.zoom.whole, this.zoom.seen];
        const length = whole.endS - whole.startS;
        const part = seen.endS - seen.startS < length;
        byId("overview-part").hidden = !session || !part;
        for (const id of ["zoom-in", "zoom-out", "zoom-all"]) byId(id).disabled = !this.zoom.movable;
        for (const id of ["zoom-out", "zoom-all"]) byId(id).disabled ||= !part;
        if (!session || !part) return;
        this.brush.style.left = `${(100 * (seen.startS - whole.startS)) / length}%`;
        this.brush.style.width = `${(100 * (seen.endS - seen.startS)) / length}%`;
        const [from, to, end] = [seen.startS, seen.endS, whole.endS].map((seconds) => clock(seconds));
        this.box.setAttribute("aria-valuemax", String(Math.round(whole.endS)));
        this.box.setAttribute("aria-valuenow", String(Math.round(seen.startS)));
        this.box.setAttribute("aria-valuetext", `${from} to ${to} of ${end}`);
        this.#drawShares(session, whole, length);
    }

    /** @param {Session} session @param {import("./zoom.js").Span} whole @param {number} length */
    #drawShares(session, whole, length) {
        const { width, height } = this.canvas.getBoundingClientRect();
        const scale = devicePixelRatio;
        Object.assign(this.canvas, { width: width * scale, height: height * scale });
        const context = this.canvas.getContext("2d");
        context.scale(scale, scale);
        const n = Math.max(1, Math.floor(width / BAR));
        const steps = sharesOverTime(session.utterances, whole.startS, length / n, n);
        for (const [i, shares] of steps.entries()) {
            let top = height;
            for (const [label, share] of shares) {
                context.fillStyle = colorOf(label);
                context.fillRect((i * width) / n, (top -= share * height), width / n - 1, share * height);
            }
        }
    }

    /** @param {PointerEvent} event */
    #center({ clientX }) {
        const { left, width } = this.box.getBoundingClientRect();
        const { startS, endS } = this.zoom.whole;
        const length = this.zoom.seen.endS - this.zoom.seen.startS;
        this.zoom.choose(startS + ((clientX - left) / width) * (endS - startS) - length / 2, length);
    }
}

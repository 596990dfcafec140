/** The visible part of a session: wheel, pinch and drag on the picture of the sound change it. */

/** @typedef {{startS: number, endS: number}} Span */
/** @typedef {import("../session.js").Session} Session */

const LIVE_S = 12;
/** As much of a recording is seen at first. */
const FIRST_S = 30;
const LEAST_S = 0.5;
/** A shorter recording is seen with nothing after it. */
const SHORTEST_S = 2;
/** Factor of a notch of the wheel, or of a key. */
const STEP = 1.3;

export class Zoom {
    /** @param {HTMLElement} picture @param {() => void} onchange */
    constructor(picture, onchange) {
        this.picture = picture;
        this.onchange = onchange;
        /** @type {Map<number, number>} */ this.pointers = new Map();
        this.show(null);
        picture.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
        for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
            picture.addEventListener(name, (/** @type {any} */ event) => this.#pointer(event));
    }

    /** Show another session from its start. @param {Session | null} session */
    show(session) {
        this.session = session;
        /** @type {Span | null} */ this.chosen = null;
    }

    /** All that is stored. @returns {Span} */
    get whole() {
        if (!this.session) return { startS: 0, endS: LIVE_S };
        const { beginS, totalS } = this.session;
        return { startS: beginS, endS: Math.max(totalS, beginS + SHORTEST_S) };
    }

    /** The visible part. @returns {Span} */
    get seen() {
        const { startS, endS } = this.whole;
        if (this.session?.live) return { startS: Math.max(0, endS - LIVE_S), endS: Math.max(endS, LIVE_S) };
        if (this.chosen) return this.chosen;
        if (this.session?.kind === "microphone") return { startS: Math.max(startS, endS - FIRST_S), endS };
        return { startS, endS: Math.min(endS, startS + FIRST_S) };
    }

    get movable() {
        return this.session !== null && !this.session.live;
    }

    /** Show a part of a length, as far as there is one; returns whether anything changed. */
    choose(/** @type {number} */ startS, /** @type {number} */ lengthS) {
        if (!this.movable) return false;
        const [whole, seen] = [this.whole, this.seen];
        const length = Math.min(whole.endS - whole.startS, Math.max(LEAST_S, lengthS));
        const from = Math.min(Math.max(whole.startS, startS), whole.endS - length);
        if (from === seen.startS && from + length === seen.endS) return false;
        this.chosen = { startS: from, endS: from + length };
        this.onchange();
        return true;
    }

    /** Zoom in (factor above 1) about a time. @param {number} factor @param {number} [atS] */
    zoom(factor, atS) {
        const { startS, endS } = this.seen;
        const [center, length] = [atS ?? (startS + endS) / 2, (endS - startS) / factor];
        return this.choose(center - (center - startS) / factor, length);
    }

    /** @param {number} share of the visible length */
    move(share) {
        const { startS, endS } = this.seen;
        return this.choose(startS + share * (endS - startS), endS - startS);
    }

    /** Bring a time into view. @param {number} seconds */
    reveal(seconds) {
        const { startS, endS } = this.seen;
        if (seconds < startS || seconds > endS) this.choose(seconds - 0.1 * (endS - startS), endS - startS);
    }

    /** Move or zoom by a key; returns whether it is one for that. @param {string} key */
    press(key) {
        const { startS, endS } = this.whole;
        /** @type {Record<string, () => unknown>} */
        const keys = {
            "+": () => this.zoom(STEP),
            "=": () => this.zoom(STEP),
            "-": () => this.zoom(1 / STEP),
            0: () => this.choose(startS, endS - startS),
            ArrowLeft: () => this.move(-0.2),
            ArrowRight: () => this.move(0.2),
            PageUp: () => this.move(-1),
            PageDown: () => this.move(1),
            Home: () => this.move(-1e6),
            End: () => this.move(1e6),
        };
        keys[key]?.();
        return key in keys;
    }

    /** @param {number} x of the page */
    #timeOf(x) {
        const { left, width } = this.picture.getBoundingClientRect();
        return this.seen.startS + ((x - left) / width) * (this.seen.endS - this.seen.startS);
    }

    /** The page scrolls where there is nothing more to zoom. @param {WheelEvent} event */
    #wheel(event) {
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        const changed = sideways
            ? this.move(Math.sign(sideways) * 0.1)
            : this.zoom(STEP ** -Math.sign(event.deltaY), this.#timeOf(event.clientX));
        if (changed) event.preventDefault();
    }

    /** One pointer moves, two zoom. @param {PointerEvent} event */
    #pointer({ type, pointerId, clientX }) {
        if (type === "pointerdown") this.pointers.set(pointerId, clientX);
        else if (type !== "pointermove") this.pointers.delete(pointerId);
        const before = this.pointers.get(pointerId);
        if (type !== "pointermove" || before === undefined || !this.movable) return;
        const { width } = this.picture.getBoundingClientRect();
        const other = [...this.pointers].find(([id]) => id !== pointerId)?.[1];
        this.pointers.set(pointerId, clientX);
        if (other === undefined) return void this.move((before - clientX) / width);
        const [was, is] = [Math.abs(before - other), Math.abs(clientX - other)];
        if (was > 0 && is > 0) this.zoom(is / was, this.#timeOf((clientX + other) / 2));
    }
}

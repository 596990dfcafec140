/** Timeline of utterances: hovering shows, clicking plays one. */
import { NOT_CONFIDENT, capitalized, chanceOf, clock, labelOf, percent, ranked } from "../emotions.js";
import { byId, icon, make, tint } from "./dom.js";

/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../emotions.js").Utterance} Utterance */

export class Timeline {
    /**
     * @param {(startS: number, utterance: Utterance) => void} onpick
     * @param {(seconds: number) => void} onreveal called to bring a time into view
     */
    constructor(onpick, onreveal) {
        Object.assign(this, { onpick, onreveal });
        this.box = byId("timeline");
        this.tip = byId("tip");
        this.playhead = byId("playhead");
        this.box.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.#hover(event));
        this.box.addEventListener("pointerleave", () => (this.tip.hidden = true));
        this.box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#step(event));
        this.clear();
    }

    clear() {
        /** @type {Map<Utterance, HTMLElement>} */ this.buttons = new Map();
        this.box.replaceChildren();
        this.tip.hidden = true;
        /** @type {Session | null} */ this.session = null;
        this.window = { startS: 0, endS: 1 };
    }

    /**
     * @param {Session} session
     * @param {{startS: number, endS: number}} window
     * @param {Utterance | null} selected
     */
    draw(session, window, selected) {
        Object.assign(this, { session, window });
        for (const utterance of session.utterances)
            if (utterance.endS > session.beginS && !this.buttons.has(utterance)) this.#add(utterance);
        for (const [utterance, button] of this.buttons) {
            if (utterance.endS <= session.beginS) this.#remove(utterance, button);
            this.#place(button, utterance);
            button.hidden = utterance.endS < window.startS || utterance.startS > window.endS;
            button.classList.toggle("selected", utterance === selected);
        }
        this.#keepReachable();
        this.#drawCurrent(session.current);
    }

    /** @param {number | null} seconds */
    drawPlayhead(seconds) {
        this.playhead.hidden = seconds === null;
        if (seconds !== null) this.playhead.style.left = `${this.#percentOf(seconds)}%`;
    }

    /** @param {Utterance} utterance */
    #add(utterance) {
        const name = labelOf(utterance);
        const label = `${clock(utterance.startS)}: ${name}, ${percent(chanceOf(utterance))}`;
        const button = make(
            "button",
            {
                type: "button",
                class: `utterance ${tint(name)}`,
                "aria-label": `Play from ${label}`,
                tabindex: "-1",
                click: (/** @type {MouseEvent} */ event) => {
                    const pointed = event.detail > 0 ? this.#timeOf(event.clientX) : utterance.startS;
                    this.onpick(Math.max(utterance.startS, pointed), utterance);
                },
            },
            icon(name.replace(" ", "-")),
            make("span", { class: "name", text: capitalized(name) }),
            this.#running(utterance),
        );
        this.buttons.set(utterance, button);
        this.box.append(button);
    }

    /** Remove an utterance whose samples are no longer stored. @param {Utterance} utterance @param {HTMLElement} button */
    #remove(utterance, button) {
        button.remove();
        this.buttons.delete(utterance);
    }

    /** Make one visible utterance reachable by the Tab key. */
    #keepReachable() {
        const all = [...this.buttons.values()];
        const seen = all.filter(({ hidden }) => !hidden);
        const found = seen.find(({ tabIndex }) => tabIndex === 0) ?? seen[0];
        for (const button of all) button.tabIndex = button === found ? 0 : -1;
    }

    /** Create a strip of the estimates of an utterance. @param {Utterance} utterance */
    #running(utterance) {
        const running = this.session?.predictions.filter(({ startS }) => startS === utterance.startS) ?? [];
        const strip = make("span", { class: "running", "aria-hidden": "true" });
        let from = utterance.startS;
        for (const prediction of running) {
            const part = make("i", { class: tint(labelOf(prediction)) });
            part.style.flexGrow = String(prediction.endS - from);
            strip.append(part);
            from = prediction.endS;
        }
        return strip;
    }

    /** @param {import("../emotions.js").Prediction | null} current */
    #drawCurrent(current) {
        this.growing ??= make("div", { class: "utterance growing", "aria-hidden": "true" });
        this.growing.hidden = current === null;
        if (!current) return;
        this.growing.className = `utterance growing ${tint(labelOf(current))}`;
        this.#place(this.growing, current);
        if (!this.growing.isConnected) this.box.append(this.growing);
    }

    /** @param {HTMLElement} element @param {{startS: number, endS: number}} span */
    #place(element, { startS, endS }) {
        element.style.left = `${this.#percentOf(startS)}%`;
        element.style.width = `${this.#percentOf(endS) - this.#percentOf(startS)}%`;
    }

    /** @param {number} seconds */
    #percentOf(seconds) {
        const { startS, endS } = this.window;
        return (100 * (seconds - startS)) / (endS - startS);
    }

    /** @param {number} x of the page */
    #timeOf(x) {
        const { left, width } = this.box.getBoundingClientRect();
        return this.window.startS + ((x - left) / width) * (this.window.endS - this.window.startS);
    }

    /** @param {PointerEvent} event */
    #hover(event) {
        const seconds = this.#timeOf(event.clientX);
        const prediction = this.session?.predictionAt(seconds);
        this.tip.hidden = !prediction;
        if (!prediction) return;
        this.tip.textContent = `${clock(seconds)}  ${chances(prediction)}`;
        const { left, width } = this.box.getBoundingClientRect();
        const half = this.tip.offsetWidth / 2;
        const x = Math.max(half, Math.min(width - half, event.clientX - left));
        this.tip.style.left = `${x}px`;
    }

    /** Move the focus by the arrow keys. @param {KeyboardEvent} event */
    #step(event) {
        const [utterances, buttons] = [[...this.buttons.keys()], [...this.buttons.values()]];
        const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
        if (to === undefined || !buttons[to]) return;
        event.preventDefault();
        this.onreveal(utterances[to].startS);
        buttons[to].hidden = false;
        buttons.forEach((button, i) => (button.tabIndex = i === to ? 0 : -1));
        buttons[to].focus();
    }
}

/** The likeliest emotions, or that nobody speaks. @param {import("../emotions.js").Prediction} prediction */
function chances(prediction) {
    if (prediction.emotion === null) return `${labelOf(prediction)} ${percent(chanceOf(prediction))}`;
    const first = ranked(prediction.probabilities)
        .slice(0, 2)
        .map(({ emotion, probability }) => `${emotion} ${percent(probability)}`);
    return (prediction.confident ? "" : `${NOT_CONFIDENT}: `) + first.join(", ");
}

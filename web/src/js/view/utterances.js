/** The list of utterances: of the microphone newest first, of a recording in its order. */
import { capitalized, clock, labelOf } from "../emotions.js";
import { byId, face, icon, make } from "./dom.js";
import { confidence } from "./prediction.js";

/** @typedef {import("../emotions.js").Utterance} Utterance */

/** Number of live utterances shown; more would make the page slow. The export has all. */
const SHOWN = 200;

export class Utterances {
    /** @param {(utterance: Utterance) => void} onpick @param {(utterance: Utterance) => void} oncompare */
    constructor(onpick, oncompare) {
        Object.assign(this, { onpick, oncompare });
        this.list = byId("utterances");
        this.clear();
    }

    clear() {
        /** @type {Map<Utterance, HTMLElement>} */ this.rows = new Map();
        this.list.replaceChildren();
        this.list.scrollTop = 0;
        byId("no-utterances").hidden = false;
    }

    /** @param {import("../session.js").Session} session @param {Utterance | null} selected */
    draw(session, selected) {
        const live = session.kind === "microphone";
        this.list.reversed = live;
        for (const utterance of session.utterances.slice(live ? -SHOWN : 0))
            if (!this.rows.has(utterance)) this.#add(utterance, live);
        for (const [utterance, row] of this.rows) {
            const marked = utterance === selected;
            row.classList.toggle("selected", marked);
            row.firstElementChild?.setAttribute("aria-pressed", String(marked));
        }
    }

    /** @param {Utterance} utterance @param {boolean} live */
    #add(utterance, live) {
        const name = labelOf(utterance);
        const length = `${(utterance.endS - utterance.startS).toFixed(1)} s`;
        const row = make(
            "li",
            {},
            make(
                "button",
                { type: "button", "aria-pressed": "false", click: () => this.onpick(utterance) },
                icon("play"),
                make("span", { class: "when", text: clock(utterance.startS) }),
                face(name),
                make("span", { class: "name", text: capitalized(name) }),
                make("span", { class: "chance", text: confidence(utterance) }),
                make("span", { class: "length", text: length }),
            ),
            make("button", {
                type: "button",
                class: "compare",
                "aria-label": `Compare the utterance at ${clock(utterance.startS)}`,
                text: "Compare",
                click: () => this.oncompare(utterance),
            }),
        );
        this.rows.set(utterance, row);
        if (live) this.list.prepend(row);
        else this.list.append(row);
        byId("no-utterances").hidden = true;
        if (live && this.list.children.length > SHOWN) this.list.lastElementChild.remove();
    }
}

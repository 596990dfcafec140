/** The list of utterances, newest first. */
import { capitalized, clock, labelOf } from "../emotions.js";
import { byId, face, icon, make } from "./dom.js";
import { confidence } from "./prediction.js";

/** @typedef {import("../emotions.js").Utterance} Utterance */

/** Number of utterances shown; more would make the page slow. The export has all. */
const SHOWN = 200;

export class Utterances {
    /** @param {(utterance: Utterance) => void} onpick */
    constructor(onpick) {
        this.onpick = onpick;
        this.list = byId("utterances");
        this.clear();
    }

    clear() {
        /** @type {Map<Utterance, HTMLElement>} */ this.rows = new Map();
        this.list.replaceChildren();
        byId("no-utterances").hidden = false;
    }

    /** @param {import("../session.js").Session} session @param {Utterance | null} selected */
    draw(session, selected) {
        for (const utterance of session.utterances.slice(-SHOWN))
            if (!this.rows.has(utterance)) this.#add(utterance);
        for (const [utterance, row] of this.rows) {
            const marked = utterance === selected;
            row.classList.toggle("selected", marked);
            row.firstElementChild?.setAttribute("aria-pressed", String(marked));
        }
    }

    /** @param {Utterance} utterance */
    #add(utterance) {
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
        );
        this.rows.set(utterance, row);
        this.list.prepend(row);
        byId("no-utterances").hidden = true;
        if (this.list.children.length > SHOWN) this.list.lastElementChild.remove();
    }
}

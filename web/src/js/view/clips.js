/** Buttons of the sample recordings. */
import { capitalized } from "../emotions.js";
import { byId, face, icon, make } from "./dom.js";

/** @typedef {{file: string, acted: string | null, speaker: string}} Clip */

/** @param {Clip} clip */
export const title = ({ acted, speaker }) => (acted ? `acted: ${acted} (${speaker})` : speaker);

export class Clips {
    /** @param {Clip[]} clips @param {(clip: Clip) => void} onpick */
    constructor(clips, onpick) {
        /** @type {Map<string, HTMLElement>} */ this.buttons = new Map();
        for (const clip of clips) {
            const button = make(
                "button",
                { type: "button", "aria-pressed": "false", click: () => onpick(clip) },
                clip.acted ? face(clip.acted) : icon("play"),
                clip.acted ? capitalized(clip.acted) : capitalized(clip.speaker),
            );
            if (clip.acted) button.title = `${capitalized(clip.acted)}, acted by a ${clip.speaker}`;
            this.buttons.set(clip.file, button);
            byId("clips").append(make("li", {}, button));
        }
    }

    /** @param {string | null} file */
    mark(file) {
        for (const [name, button] of this.buttons)
            button.setAttribute("aria-pressed", String(name === file));
    }
}

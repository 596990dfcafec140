/** The sound of a session over time: overview, waveform, spectrogram, axis and timeline. */
import { TimeAxis } from "./axes.js";
import { byId } from "./dom.js";
import { Overview } from "./overview.js";
import { Scope } from "./scope.js";
import { Timeline } from "./timeline.js";
import { Zoom } from "./zoom.js";

/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../emotions.js").Utterance} Utterance */

export class Stage {
    /**
     * @param {(startS: number, utterance: Utterance) => void} onpick
     * @param {() => void} onchange called when it has to be drawn again
     */
    constructor(onpick, onchange) {
        this.scope = new Scope(byId("scope"));
        this.scope.onchange = onchange;
        this.zoom = new Zoom(byId("scope"), onchange);
        this.overview = new Overview(this.zoom);
        this.axis = new TimeAxis(byId("axis"));
        this.timeline = new Timeline(onpick, (seconds) => this.zoom.reveal(seconds));
    }

    /** @param {Session | null} session */
    begin(session) {
        this.zoom.show(session);
        this.timeline.clear();
    }

    /** @param {Session | null} session @param {Utterance | null} selected @param {number | null} playheadS */
    draw(session, selected, playheadS) {
        if (playheadS !== null) this.zoom.reveal(playheadS);
        const { seen } = this.zoom;
        this.scope.draw(session, seen, playheadS);
        this.overview.draw(session);
        this.axis.draw(seen);
        if (session) this.timeline.draw(session, seen, selected);
        this.timeline.drawPlayhead(playheadS);
        byId("hint").hidden = session !== null;
    }
}

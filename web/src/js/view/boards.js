/** Cost of the network on each board and in this browser. */
import { byId, make } from "./dom.js";

/** Microseconds of a hop: 10 ms. */
const HOP_US = 10000;

/** @typedef {{name: string, value: number, unit: string, how: string}} Figure */

export class Boards {
    /** @param {any} profile boards.json */
    constructor(profile) {
        this.here = row(["This page, in your browser", "WebAssembly"], ["–", "–", "–", "–", "–"]);
        this.here.classList.add("here");
        const run = profile.boards.filter((/** @type {any} */ board) => board.run_here);
        byId("boards").append(this.here, ...run.map(boardRow));
        const others = profile.boards
            .filter((/** @type {any} */ board) => !board.run_here)
            .map((/** @type {any} */ board) => board.name);
        byId("not-run").textContent =
            `${others.join(" and ")}: built from the same C, but not emulated.`;
    }

    /** @param {{hops: number, networkMs: number, featuresMs: number}} cost */
    show(cost) {
        if (cost.hops === 0) return;
        const us = (1000 * cost.networkMs) / cost.hops;
        const cells = this.here.querySelectorAll("td");
        cells[0].textContent = `${us.toFixed(0)} µs`;
        cells[1].replaceChildren(...load((100 * us) / HOP_US));
        byId("cost").textContent =
            `Here a hop of 10 ms takes ${us.toFixed(0)} µs, and ` +
            `${((1000 * cost.featuresMs) / cost.hops).toFixed(0)} µs more for the acoustic features.`;
    }
}

/** @param {any} board */
function boardRow(board) {
    const figures = new Map(
        board.figures.map((/** @type {Figure} */ f) => [`${f.name}, ${f.unit}`, f.value]),
    );
    const get = (/** @type {string} */ name) => /** @type {number} */ (figures.get(name));
    const flash = get("flash code, bytes") + get("flash constants, bytes");
    const before = get("original: latency, ms");
    return row(
        [board.name, `${board.core}, ${board.clock_mhz} MHz`],
        [
            `${get("per frame, ms").toFixed(2)} ms`,
            load(get("load, %")),
            [`${get("latency, ms").toFixed(1)} ms`, before ? small(`was ${before.toFixed(0)} ms`) : ""],
            `${kilobytes(flash)} KB`,
            `${kilobytes(get("total RAM, bytes"))} KB`,
        ],
    );
}

/** @param {string[]} heading @param {any[]} cells */
function row([name, detail], cells) {
    return make(
        "tr",
        {},
        make("th", { scope: "row" }, name, small(detail)),
        ...cells.map((cell) => make("td", {}, ...[cell].flat())),
    );
}

/** @param {string} text */
const small = (text) => make("small", { text });

/** @param {number} percent */
function load(percent) {
    const bar = make("i", { class: "load", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(percent / 100));
    return [`${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`, bar];
}

/** @param {number} bytes */
const kilobytes = (bytes) => Math.round(bytes / 1024);

/** Messages to the worker, and callbacks for its messages. */
export class Engine {
    /** @type {Map<number, (samples: Int16Array) => void>} */
    #waiting = new Map();
    #replays = 0;

    /**
     * @param {object} on
     * @param {(core: {nMels: number, network: number}) => void} on.ready
     * @param {(message: any) => void} on.processed
     * @param {(message: string) => void} on.failed
     */
    constructor(on) {
        this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
        this.worker.onmessage = ({ data }) => {
            if (data.type === "ready") on.ready(data);
            if (data.type === "processed") on.processed(data);
            if (data.type === "failed") on.failed(data.message);
            if (data.type === "samples") {
                this.#waiting.get(data.id)?.(data.samples);
                this.#waiting.delete(data.id);
            }
        };
        this.worker.onerror = (event) => on.failed(event.message ?? "the worker did not load");
    }

    /**
     * Process the samples that arrive at a port.
     * @param {number} id of the session
     * @param {MessagePort} port
     * @param {number} rate Hz
     * @param {import("./core.js").SpeakerAdaptation | null} adaptation
     */
    listen(id, port, rate, adaptation) {
        this.worker.postMessage({ type: "listen", id, port, rate, adaptation }, [port]);
    }

    stop() {
        this.worker.postMessage({ type: "stop" });
    }

    /** Process a recording read by decode.js. @param {number} id @param {any} recording */
    process(id, { channels, wav, where }) {
        const moved = wav ? [wav] : channels.map((channel) => channel.buffer);
        this.worker.postMessage({ type: "process", id, channels, wav, where }, moved);
    }

    /** @param {boolean} adapts */
    adapt(adapts) {
        this.worker.postMessage({ type: "adapt", adapts });
    }

    forget() {
        this.worker.postMessage({ type: "forget" });
    }

    /** Get samples to be played. @returns {Promise<Int16Array>} */
    replay(/** @type {number} */ startS, /** @type {number} */ endS) {
        const id = ++this.#replays;
        this.worker.postMessage({ type: "replay", id, startS, endS });
        return new Promise((resolve) => this.#waiting.set(id, resolve));
    }
}

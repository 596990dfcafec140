/** Messages to the worker, and callbacks for its messages. */
export class Engine {
    /** @type {Map<number, (answer: any) => void>} */
    #waiting = new Map();
    #questions = 0;

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
            if (data.type === "answer") {
                this.#waiting.get(data.question)?.(data.answer);
                this.#waiting.delete(data.question);
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

    /** Process the open recording again. @param {number} id @param {import("./effects.js").Effect[]} effects */
    reprocess(id, effects) {
        this.worker.postMessage({ type: "reprocess", id, effects });
    }

    /** Continue with an adaptation. @param {import("./core.js").SpeakerAdaptation} adaptation */
    restore(adaptation) {
        this.worker.postMessage({ type: "restore", adaptation });
    }

    /** @param {boolean} adapts */
    adapt(adapts) {
        this.worker.postMessage({ type: "adapt", adapts });
    }

    forget() {
        this.worker.postMessage({ type: "forget" });
    }

    /** End the processing of a recording. */
    cancel() {
        this.worker.postMessage({ type: "cancel" });
    }

    /** Get samples to be played. @returns {Promise<Int16Array>} */
    replay(/** @type {number} */ startS, /** @type {number} */ endS) {
        return this.#ask({ type: "replay", startS, endS });
    }

    /** Get the prediction of a short recording that decode.js has read; nothing else changes. */
    recognize(/** @type {any} */ recording) {
        return this.#ask({ type: "recognize", ...recording });
    }

    /** Get descriptors of each frame of a part of the session. @returns {Promise<Record<string, Float32Array>>} */
    contours(/** @type {number} */ startS, /** @type {number} */ endS) {
        return this.#ask({ type: "contours", startS, endS });
    }

    /** Get the document's entry of the recording, with its windows. */
    predict() {
        return this.#ask({ type: "predict" });
    }

    /** @param {any} message @returns {Promise<any>} */
    #ask(message) {
        const question = ++this.#questions;
        this.worker.postMessage({ ...message, question });
        return new Promise((resolve) => this.#waiting.set(question, resolve));
    }
}

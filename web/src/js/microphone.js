/** The microphone: list, open, pause and close, and messages for its errors. */
import { SAMPLE_RATE } from "./core.js";

const WHY = {
    NotAllowedError:
        "The browser did not allow the microphone. Allow it in the address bar, then press Listen " +
        "again; recordings and the samples work without it.",
    NotFoundError: "No microphone was found. Connect one, or open a recording instead.",
    OverconstrainedError: "That microphone is not available. Choose another one.",
    NotReadableError: "The microphone is busy: another program uses it. Close that one and try again.",
};

/** Explain why it did not open. @param {any} error */
export const explanation = (error) => WHY[error.name] ?? `The microphone did not open: ${error.message}`;

export class Microphone {
    /**
     * Open a microphone without gain control and noise suppression, as on a device.
     * @param {string} deviceId empty for the default one
     */
    static async open(deviceId) {
        if (!navigator.mediaDevices)
            throw new Error("the browser gives it to pages from https:// or localhost only.");
        const stream = await navigator.mediaDevices.getUserMedia({
            audio: {
                deviceId: deviceId ? { exact: deviceId } : undefined,
                channelCount: { ideal: 2 }, // the browser would mix them without comparing them
                echoCancellation: false,
                noiseSuppression: false,
                autoGainControl: false,
            },
        });
        try {
            return new Microphone(stream, await connected(stream));
        } catch (error) {
            stream.getTracks().forEach((track) => track.stop());
            throw error;
        }
    }

    /** @param {MediaStream} stream @param {{context: AudioContext, port: MessagePort}} to */
    constructor(stream, { context, port }) {
        this.stream = stream;
        this.context = context;
        this.port = port;
        this.rate = context.sampleRate;
        this.deviceId = stream.getAudioTracks()[0].getSettings().deviceId ?? "";
    }

    /** @param {() => void} ended called when the device is unplugged */
    set onended(ended) {
        this.stream.getAudioTracks()[0].onended = ended;
    }

    /** Pause or resume it, for example during playback. @param {boolean} paused */
    async pause(paused) {
        await (paused ? this.context.suspend() : this.context.resume());
    }

    async close() {
        this.stream.getTracks().forEach((track) => track.stop());
        await this.context.close();
    }
}

/** List the microphones; they have names after permission was given. */
export async function microphones() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId);
}

/**
 * Connect a stream to a port. The browser resamples if it can, else the worker does.
 * @param {MediaStream} stream
 */
async function connected(stream) {
    let context = new AudioContext({ sampleRate: SAMPLE_RATE });
    let source;
    try {
        source = context.createMediaStreamSource(stream);
    } catch {
        await context.close();
        context = new AudioContext();
        source = context.createMediaStreamSource(stream);
    }
    await context.audioWorklet.addModule(new URL("./capture-worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "capture", {
        numberOfOutputs: 0,
        channelCount: 2,
        channelCountMode: "clamped-max",
    });
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage(port1, [port1]);
    source.connect(node);
    await context.resume();
    return { context, port: port2 };
}

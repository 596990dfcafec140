/** Audio worklet that passes the microphone's samples to the worker, 32 ms at a time. */
class Capture extends AudioWorkletProcessor {
    constructor() {
        super();
        this.filled = 0;
        this.piece = new Float32Array(Math.ceil((0.032 * sampleRate) / 128) * 128);
        this.port.onmessage = ({ data }) => (this.worker = data);
    }

    process([[channel]]) {
        if (!channel || !this.worker) return true;
        this.piece.set(channel, this.filled);
        this.filled += channel.length;
        if (this.filled >= this.piece.length) {
            this.worker.postMessage(this.piece);
            this.filled = 0;
        }
        return true;
    }
}

registerProcessor("capture", Capture);

/** Audio worklet that passes the microphone's channels to the worker, 32 ms at a time. */
class Capture extends AudioWorkletProcessor {
    constructor() {
        super();
        this.length = Math.ceil((0.032 * sampleRate) / 128) * 128;
        this.filled = 0;
        /** @type {Float32Array[]} */ this.piece = [];
        this.port.onmessage = ({ data }) => (this.worker = data);
    }

    process([channels]) {
        if (!channels.length || !this.worker) return true;
        if (channels.length !== this.piece.length) {
            this.piece = channels.map(() => new Float32Array(this.length));
            this.filled = 0;
        }
        channels.forEach((channel, i) => this.piece[i].set(channel, this.filled));
        this.filled += channels[0].length;
        if (this.filled >= this.length) {
            this.worker.postMessage(this.piece);
            this.filled = 0;
        }
        return true;
    }
}

registerProcessor("capture", Capture);

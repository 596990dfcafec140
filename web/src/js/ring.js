/** Ring buffer of the newest hops of `width` values; it grows up to its capacity. */
export class Ring {
    /**
     * @param {Uint8ArrayConstructor | Int16ArrayConstructor} Type
     * @param {number} width values of a hop
     * @param {number} capacity hops
     */
    constructor(Type, width, capacity) {
        this.Type = Type;
        this.width = width;
        this.capacity = capacity;
        this.values = new Type(width * Math.min(1024, capacity));
        /** Number of hops pushed so far. */
        this.end = 0;
    }

    /** Oldest hop that is still stored. */
    get begin() {
        return Math.max(0, this.end - this.capacity);
    }

    /** @param {ArrayLike<number>} values whole hops */
    push(values) {
        for (let at = 0; at < values.length; at += this.width) {
            this.#grow();
            const slot = (this.end % this.capacity) * this.width;
            for (let i = 0; i < this.width; i++) this.values[slot + i] = values[at + i];
            this.end++;
        }
    }

    /** Index into `values` of a stored hop. @param {number} hop */
    place(hop) {
        return (hop % this.capacity) * this.width;
    }

    /** Copy the stored hops of a range. @param {number} from @param {number} to */
    slice(from, to) {
        const [first, last] = [Math.max(from, this.begin), Math.min(to, this.end)];
        const copy = new this.Type(Math.max(0, last - first) * this.width);
        for (let hop = first; hop < last; hop++) {
            const at = this.place(hop);
            copy.set(this.values.subarray(at, at + this.width), (hop - first) * this.width);
        }
        return copy;
    }

    #grow() {
        const needed = Math.min(this.end + 1, this.capacity) * this.width;
        if (needed <= this.values.length) return;
        const larger = new this.Type(
            Math.min(2 * this.values.length, this.capacity * this.width),
        );
        larger.set(this.values);
        this.values = larger;
    }
}

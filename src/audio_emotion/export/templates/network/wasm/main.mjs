// The emotions in a 16 kHz mono 16-bit WAV file: node main.mjs verify/recording.wav
import { readFileSync } from "node:fs";
import { Listener, word } from "./emotion.mjs";

const listener = await Listener.load(readFileSync(new URL("emotion.wasm", import.meta.url)));
const wav = readFileSync(process.argv[2]);
const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
for (const utterance of [...listener.process(samples), ...listener.finish()])
    if (utterance.event === "ended")
        console.log(word(utterance), utterance.speech, utterance.probabilities);

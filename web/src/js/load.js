/** Files of the page, and why something does not load. */

/** @param {string} path */
export async function loadedFrom(path) {
    const response = await fetch(new URL(`../${path}`, import.meta.url));
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return response;
}

/** @param {string} name of a JSON file */
export const fetched = async (name) => (await loadedFrom(`${name}.json`)).json();

/** Explain why a recording cannot be opened. @param {any} error */
export const unreadable = ({ name, message }) =>
    name === "EncodingError"
        ? "not a recording that this browser can decode. Try WAV, FLAC, Ogg or MP3."
        : `it did not load (${message}). Try again.`;

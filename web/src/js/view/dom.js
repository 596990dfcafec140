/** Helpers to create elements. */

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `text` is the text, functions are event listeners
 * @param {...(Node | string)} children
 */
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name === "text") element.textContent = value;
        else if (typeof value === "function") element.addEventListener(name, value);
        else if (value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
}

/** Create one of the symbols in index.html. @param {string} name */
export function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
}

/** Give a button another symbol and text. @param {string} id @param {string} symbol @param {string} text */
export function relabel(id, symbol, text) {
    const button = byId(id);
    if (button.textContent !== text) button.replaceChildren(icon(symbol), text);
}

/** @type {Map<string, string>} */
const colors = new Map();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colors.clear());

/** Color of the style sheet, for a canvas. @param {string} name */
export function color(name) {
    if (!colors.has(name))
        colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`));
    return /** @type {string} */ (colors.get(name));
}

/** Color of a label, for a canvas. @param {string} label */
export const colorOf = (label) => color(`emotion-${label.replace(" ", "-")}`);

/** Class name for the color of a label. @param {string} label */
export const tint = (label) => `tint-${label.replace(" ", "-")}`;

/** Create the face symbol of a label, in its color. @param {string} label */
export const face = (label) => make("span", { class: `face ${tint(label)}` }, icon(label.replace(" ", "-")));

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

/** Class name for the color of a label. @param {string} label */
export const tint = (label) => `tint-${label.replace(" ", "-")}`;

/** Create the face symbol of a label, in its color. @param {string} label */
export const face = (label) => make("span", { class: `face ${tint(label)}` }, icon(label.replace(" ", "-")));

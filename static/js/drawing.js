// The shapes of places over a picture. Each has a number, so that no colour has to tell them apart.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{url: string, width: number, height: number}} Seen */
/**
 * @typedef {object} Place
 * @property {"box" | "point" | "polygon" | "unread"} kind an unread mark has no coordinates
 * @property {string} label
 * @property {number[]} coordinates in fractions of the picture, x and y in turn
 * @property {number} [picture]
 */

/**
 * What an answer points at, to be laid over the picture.
 * @param {Seen} size
 * @param {Place[]} places
 * @param {string} letter before each number; tells the sides apart where both are drawn
 * @param {number} number of the picture
 */
export function drawing(size, places, letter, number) {
  const all = made("svg", { viewBox: `0 0 ${size.width} ${size.height}`, "aria-hidden": "true" });
  places.forEach((place, index) => {
    if ((place.picture ?? 0) === number) all.append(shape(place, index, size, letter));
  });
  return all;
}

/**
 * @param {Place} place
 * @param {number} index
 * @param {Seen} size
 * @param {string} letter
 */
function shape({ kind, coordinates }, index, { width, height }, letter) {
  const size = Math.max(width, height);
  const points = [];
  for (let at = 0; at + 1 < coordinates.length; at += 2) {
    points.push([(coordinates[at] ?? 0) * width, (coordinates[at + 1] ?? 0) * height]);
  }
  const [[left = 0, top = 0] = [], [right = 0, bottom = 0] = []] = points;
  const group = made("g", { "data-place": String(index), class: `place place--${index % 4}` });
  if (kind === "box") {
    const edges = { x: left, y: top, width: right - left, height: bottom - top };
    group.append(made("rect", edges));
  } else if (kind === "point") {
    group.append(made("circle", { cx: left, cy: top, r: size / 60 }));
  } else {
    group.append(made("polygon", { points: points.map((point) => point.join(",")).join(" ") }));
  }
  const font = size / 18;
  const at = { x: Math.min(left + font / 4, width - font * (1 + letter.length)), y: Math.max(top + font, font), "font-size": font };
  const number = made("text", at);
  number.textContent = `${letter}${index + 1}`;
  group.append(number);
  return group;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function made(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

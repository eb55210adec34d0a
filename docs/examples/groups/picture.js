// @ts-check
/** Creates and shrinks pictures made of raw RGBA pixels. It knows nothing about threads. */

/** @typedef {{ width: number, height: number, pixels: Uint8Array }} Picture  four bytes a pixel, row by row */

export const WIDTH = 320
export const HEIGHT = 240
/** Number of pictures. */
export const PICTURES = 8

/**
 * Returns picture `number`. A real service would read a file; this one computes the pixels.
 *
 * @param {number} number
 * @returns {Picture}
 */
export function load(number) {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4)
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * (2 * number + 1)) >>> 3
  return { width: WIDTH, height: HEIGHT, pixels }
}

/**
 * Shrinks a picture with a box filter: each new pixel is the mean of a square of `factor` × `factor` pixels. Yields
 * after each row, so that the caller can let other jobs go first.
 *
 * @param {Picture} picture
 * @param {number} factor  divides the width and height of the picture
 * @returns {Generator<undefined, Picture, undefined>}
 */
export function* shrink(picture, factor) {
  const width = picture.width / factor
  const height = picture.height / factor
  const pixels = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        pixels[(y * width + x) * 4 + channel] = mean(picture, x * factor, y * factor, factor, channel)
      }
    }
    yield
  }
  return { width, height, pixels }
}

/**
 * @param {Picture} picture
 * @param {number} left
 * @param {number} top
 * @param {number} size
 * @param {number} channel
 */
function mean({ width, pixels }, left, top, size, channel) {
  let sum = 0
  for (let y = top; y < top + size; y++) {
    for (let x = left; x < left + size; x++) sum += pixels[(y * width + x) * 4 + channel] ?? 0
  }
  return sum / size ** 2
}

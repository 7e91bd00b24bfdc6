/**
 * Thousands of discs, each in a color of its own, straight into pixels: several times faster than the canvas fills as
 * many paths (`npm run bench -- playground`), and without a GPU.
 */

/** Where a disc lies relative to its center: the offsets of its pixels, the whole ones first. */
export interface Stamp {
  dx: Int8Array;
  dy: Int8Array;
  /** How much of each pixel is covered, in 255ths. */
  cover: Uint8Array;
  /** How many of them are covered wholly. */
  whole: number;
  /** No pixel is farther from the center, in either direction. */
  reach: number;
}

export function stampOf(radius: number): Stamp {
  const reach = Math.ceil(radius + 0.5);
  const cells: [number, number, number][] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const cover = Math.round(255 * Math.min(Math.max(radius + 0.5 - Math.hypot(x, y), 0), 1));
      if (cover > 0) cells.push([x, y, cover]);
    }
  }
  cells.sort((a, b) => b[2] - a[2]);
  return {
    dx: Int8Array.from(cells, ([x]) => x),
    dy: Int8Array.from(cells, ([, y]) => y),
    cover: Uint8Array.from(cells, ([, , cover]) => cover),
    whole: cells.filter(([, , cover]) => cover === 255).length,
    reach,
  };
}

/**
 * Draws discs on an image that it clears first. A disc whose box leaves the image is left out.
 *
 * @param places x and y of each disc, in pixels
 * @param colors red, green, blue of each disc
 */
export function drawDots(image: ImageData, stamp: Stamp, places: Float32Array, colors: Uint8Array): void {
  const { width, height, data } = image;
  const { dx, dy, cover, whole, reach } = stamp;
  const pixels = new Uint32Array(data.buffer);
  const offsets = Int32Array.from(dx, (x, cell) => dy[cell] * width + x);
  pixels.fill(0);
  for (let dot = 0; 2 * dot < places.length; dot++) {
    const left = Math.round(places[2 * dot]);
    const top = Math.round(places[2 * dot + 1]);
    if (!(left >= reach && top >= reach && left + reach < width && top + reach < height)) continue;
    const at = top * width + left;
    // Red, green, blue, alpha in memory: little-endian, as every machine with a browser is.
    const color = colors[3 * dot] | (colors[3 * dot + 1] << 8) | (colors[3 * dot + 2] << 16);
    for (let cell = 0; cell < whole; cell++) pixels[at + offsets[cell]] = color | 0xff000000;
    for (let cell = whole; cell < offsets.length; cell++) {
      const place = at + offsets[cell];
      const below = pixels[place];
      pixels[place] = below === 0 ? color | (cover[cell] << 24) : blend(color, below, cover[cell]);
    }
  }
}

/** Source over destination, in 256ths; a pixel's own color counts whole, and only alpha is partial. */
function blend(color: number, below: number, cover: number): number {
  const odd = ((color & 0xff00ff) * cover + (below & 0xff00ff) * (256 - cover)) >>> 8;
  const even = ((color & 0xff00) * cover + (below & 0xff00) * (256 - cover)) >>> 8;
  const alpha = below >>> 24;
  const joined = alpha + (((255 - alpha) * cover) >>> 8);
  return (odd & 0xff00ff) | (even & 0xff00) | (joined << 24);
}

/** Smaller discs where there are many, in CSS pixels. */
export function radiusFor(rows: number): number {
  return rows <= 300 ? 4.5 : rows <= 1200 ? 3.2 : rows <= 4000 ? 2.5 : rows <= 9000 ? 2 : 1.5;
}

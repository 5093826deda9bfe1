import { uniforms } from "@leader/graph";

/** Smooth random function of the plane with values in [0,1]: octaves of bilinear value noise on a repeating lattice. */
export function fractalNoise(seed: number, name: string, octaves: number): (x: number, y: number) => number {
  const size = 64;
  const lattice = uniforms({ seed, image: 0, step: 0, name }, size * size);
  const at = (i: number, j: number): number => lattice[(((j % size) + size) % size) * size + (((i % size) + size) % size)]!;
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  const single = (x: number, y: number): number => {
    const i = Math.floor(x);
    const j = Math.floor(y);
    const u = smooth(x - i);
    const v = smooth(y - j);
    return (1 - v) * ((1 - u) * at(i, j) + u * at(i + 1, j)) + v * ((1 - u) * at(i, j + 1) + u * at(i + 1, j + 1));
  };
  return (x, y) => {
    let sum = 0;
    let weight = 0;
    for (let octave = 0, scale = 1, gain = 1; octave < octaves; octave++, scale *= 2, gain *= 0.5) {
      // The shift keeps the octaves' lattice lines apart.
      sum += gain * single(scale * x + 17.3 * octave, scale * y + 9.1 * octave);
      weight += gain;
    }
    return sum / weight;
  };
}

/* Colours by size, in as many steps as the look has shades (--h0 to --h6 in app.css). */
export const HEAT_STEPS = 7;

export const heat_step = (value: number, top: number): number => (top > 0 ? Math.max(0, Math.min(HEAT_STEPS - 1, Math.floor((value / top) * HEAT_STEPS))) : 0);

/** The darkest colour begins at the ninth tenth, so that a few large cells do not pale all others. */
export function heat_top(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.max(0, sorted[Math.floor(0.9 * sorted.length)] ?? 0);
}

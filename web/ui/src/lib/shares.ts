/*
 * Parts of a whole, as text. The one quotient on the page: both numbers come from the server, and it is
 * shown only where the parts do add up to the server's own total (so never for averages or for
 * distinct customers, whose parts overlap).
 */
import { app } from './app.svelte';
import type { Cell } from './api';
import { number_exact } from './format';

export function shares_of(parts: Cell[], total: Cell): string[] | null {
  if (typeof total !== 'number' || total <= 0 || !parts.length) return null;
  let sum = 0;
  for (const part of parts) {
    if (typeof part !== 'number' || part < 0) return null;
    sum += part;
  }
  if (Math.abs(sum - total) > Math.max(0.01, total * 1e-9)) return null;
  const shape = { format: 'percent', unit: '%', scale: 1, type: 'decimal' } as const;
  return parts.map((part) => number_exact(((part as number) / total) * 100, shape, app.lang));
}

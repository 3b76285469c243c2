/* Cuboids' names in a reader's words: levels and cubes by their titles. */
import { app } from './app.svelte';
import { cuboid_parts } from './cuboids';

/** "Sales: Day × Store" of "sales(date.day, store.store)". */
export function cuboid_title(name: string): string {
  const parts = cuboid_parts(name);
  if (!parts) return name;
  return `${app.title(app.cube(parts.cube)?.title, parts.cube)}: ${parts.levels.map(app.level_title).join(' × ')}`;
}

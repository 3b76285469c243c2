/*
 * English names of members. The model says beside which column of which table they stand (docs/MODEL.md, *Names in English*);
 * they are asked once a version of the data, all of a level at once. A member's own name stays what it is filtered by,
 * linked to and kept by, in every language: only what is read differs.
 */
import type { Cell, Level, Model } from './api';
import { sql_fetch } from './sql_answer';

/** Levels with more names keep the data's own. */
const NAMES_MAX = 100_000;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function names_fetch({ table, column, en }: NonNullable<Level['names']>): Promise<Map<string, string>> {
  const [name, english] = [quoted(column), quoted(en)];
  const { rows, stats } = await sql_fetch(
    `SELECT ${name}, min(${english}) FROM ${quoted(table)} WHERE ${name} IS NOT NULL AND ${english} <> '' GROUP BY ${name}`, NAMES_MAX
  );
  return stats.truncated ? new Map() : new Map(rows.map(([own, other]) => [String(own), String(other)]));
}

export class MemberNames {
  #names = $state.raw(new Map<string, Map<string, string>>());
  #version = -1;
  #asked: Promise<void> | null = null;

  /** Until they have come, or cannot be had, members have the data's own names. */
  load(model: Model): Promise<void> {
    if (this.#asked && this.#version === model.data.version) return this.#asked;
    this.#version = model.data.version;
    return (this.#asked = this.#load(model));
  }

  async #load(model: Model): Promise<void> {
    const asked = new Map<string, Promise<Map<string, string>>>();
    const found = await Promise.all(
      model.levels.flatMap((level) => {
        const { names } = level;
        if (!names || (level.values ?? 0) > NAMES_MAX) return [];
        const key = JSON.stringify(names);
        if (!asked.has(key)) asked.set(key, names_fetch(names).catch(() => new Map()));
        return [asked.get(key)!.then((map) => [level.name, map] as const)];
      })
    );
    this.#names = new Map(found);
  }

  /** What a member is called: the first of the levels that has an English name for it. */
  of(value: Cell, levels: readonly string[]): Cell {
    if (typeof value !== 'string') return value;
    for (const level of levels) {
      const name = this.#names.get(level)?.get(value);
      if (name !== undefined) return name;
    }
    return value;
  }
}

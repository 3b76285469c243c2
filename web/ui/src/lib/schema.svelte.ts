/*
 * What can be asked in SQL: the store's tables, asked once a version of the data, and the model's cubes.
 */
import { ApiError, tables_fetch, type Cube, type Level, type Measure, type Model, type SchemaTable } from './api';

export interface SchemaCube {
  name: string;
  title: Cube['title'];
  levels: Level[];
  measures: Measure[];
}

/** A level's or measure's name in SQL: bare where no other of the cube has it. */
export const name_bare = (name: string) => name.slice(name.indexOf('.') + 1);
export function level_sql(cube: SchemaCube, level: Level): string {
  const bare = name_bare(level.name);
  return cube.levels.some((other) => other !== level && name_bare(other.name) === bare) ? level.name : bare;
}

class Schema {
  tables = $state.raw<SchemaTable[]>([]);
  error = $state.raw<ApiError | null>(null);
  loading = $state(false);
  #turn = 0;

  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    this.error = null;
    try {
      const { tables } = await tables_fetch();
      if (turn === this.#turn) this.tables = tables;
    } catch (cause) {
      if (turn === this.#turn) this.error = cause instanceof ApiError ? cause : new ApiError('page', String(cause));
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }
}

export const schema = new Schema();

export function cubes_of(model: Model): SchemaCube[] {
  return model.cubes.map((cube) => ({
    name: cube.name,
    title: cube.title,
    levels: model.levels.filter((level) => cube.levels.includes(level.name)),
    measures: model.measures.filter((measure) => cube.measures.includes(measure.name))
  }));
}

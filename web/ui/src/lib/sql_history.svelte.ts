/*
 * The statements that were run, newest first, kept in this browser. Running one again moves it up.
 */
export interface Past { sql: string; at: number; ms: number | null; rows: number | null; failed: boolean }

const KEY = 'tessera.sql.history';
const PAST_MAX = 200;

function past_read(): Past[] {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one?.sql === 'string' && typeof one.at === 'number').slice(0, PAST_MAX) : [];
  } catch {
    return [];
  }
}

class History {
  list = $state.raw<Past[]>(past_read());

  add(past: Past): void {
    // Another tab may have run something meanwhile.
    this.#keep([past, ...past_read().filter((one) => one.sql !== past.sql)].slice(0, PAST_MAX));
  }

  clear(): void {
    this.#keep([]);
  }

  #keep(list: Past[]): void {
    this.list = list;
    try {
      localStorage.setItem(KEY, JSON.stringify(list));
    } catch {
      // Storage may be full or forbidden; the list then lasts as long as the page.
    }
  }
}

export const sql_history = new History();
